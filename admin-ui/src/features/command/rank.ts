import { fold } from '@/design/fold';
import type { Command } from './registry';

/**
 * How well a command fits what was typed: every typed word must begin a word of the title (best), of a synonym, or
 * appear inside the title. Null when it does not fit.
 */
export function fit(command: Pick<Command, 'title' | 'synonyms'>, typed: string): number | null {
  const title = fold(command.title);
  const titleWords = title.split(/[\s:’']+/);
  const synonyms = fold(command.synonyms ?? '').split(/\s+/);
  let score = 0;
  for (const word of fold(typed).split(/\s+/).filter(Boolean)) {
    if (titleWords.some((each) => each.startsWith(word))) score += titleWords[0]?.startsWith(word) ? 4 : 3;
    else if (synonyms.some((each) => each.startsWith(word))) score += 2;
    else if (title.includes(word)) score += 1;
    else return null;
  }
  return score;
}

/** The commands that fit, best first; ties keep their order. */
export function ranked(commands: readonly Command[], typed: string): Command[] {
  return commands
    .map((command, index) => ({ command, index, score: fit(command, typed) }))
    .filter((each) => each.score !== null)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.index - b.index)
    .map((each) => each.command);
}
