import type { Mentionable } from '@/api/schema.gen';
import { fold } from '@/design/fold';

/** As many as can be looked through at a glance; who is not among them is found by writing more. */
const most = 8;

/** Who answers to what was written behind the `@`: those who see the ticket first, then by name as they came. */
export function offered(all: readonly Mentionable[], asked: string): Mentionable[] {
  const words = fold(asked).split(/\s+/).filter(Boolean);
  const found = all.filter(({ name }) => {
    const parts = fold(name).split(/[\s’'-]+/);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  });
  return [...found.filter((each) => each.sees), ...found.filter((each) => !each.sees)].slice(0, most);
}

/** What stands behind an `@` before the caret, as far as it may be a name that is being written. */
export function askedFor(before: string): string | undefined {
  return /(?:^|[\s(«"“\ufffc])@((?:[\p{L}\p{M}\p{N}.’'-]+ ?){0,4})$/u.exec(before)?.[1];
}
