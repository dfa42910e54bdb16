import type { Draft, Habits } from './draft';

/** Everything of visits that this browser keeps stands under it, and goes when somebody signs out. */
const prefix = 'sportello.visit.';
/** Milliseconds after which what was left lying is nobody's unfinished work any more. */
const oldest = 12 * 60 * 60_000;

interface Kept {
  at: number;
  draft: Draft;
  /** The content last sent and the key it was sent under: the same content is the same act, also after the tab was closed. */
  sent?: { content: string; key: string };
}

/** The unfinished visit of an operator in this browser. */
export function readKept(operator: string, now = Date.now()): Kept | undefined {
  const kept = read<Kept>(`draft.${operator}`);
  return kept && now - kept.at < oldest ? kept : undefined;
}

/** Keeps it over a closed tab. */
export function keep(operator: string, kept: Omit<Kept, 'at'>) {
  write(`draft.${operator}`, { ...kept, at: Date.now() });
}

/** Forgets it: it was saved, or thrown away. */
export function drop(operator: string) {
  localStorage.removeItem(`${prefix}draft.${operator}`);
}

/** How the operator recorded last. */
export function readHabits(operator: string): Partial<Habits> {
  return read<Habits>(`habits.${operator}`) ?? {};
}

/** Remembers how the operator records. */
export function keepHabits(operator: string, { way, then, office, outcome }: Habits) {
  write(`habits.${operator}`, { way, then, office, outcome });
}

function read<T>(name: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(prefix + name) ?? 'null') as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(name: string, value: unknown) {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // A full storage costs the copy, not what is on the screen.
  }
}
