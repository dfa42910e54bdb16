import type { Tag } from '@/api/schema.gen';
import { fold } from '@/design/fold';

/** The tags that are offered and not there yet, by what was typed. */
export function offered(all: readonly Tag[], has: readonly string[], typed: string): Tag[] {
  const wanted = fold(typed.trim());
  return all.filter((each) => !each.retired && !has.includes(each.id) && fold(each.name).includes(wanted));
}

/** Whether a name would be a tag of its own. */
export function isNew(all: readonly Tag[], typed: string): boolean {
  const name = fold(typed.trim().replace(/\s+/g, ' '));
  return name !== '' && name.length <= 40 && !all.some((each) => fold(each.name) === name);
}
