import type { TicketSummary } from '@/api/schema.gen';

/** What a list shows, and how much it holds back. */
export interface Shown {
  rows: readonly TicketSummary[];
  /** Rows that arrived or moved up and are not shown in their new place yet. */
  held: number;
}

/**
 * Arranges fresh rows for a reader. While the list is being used nothing moves under the pointer: known rows keep
 * their places with fresh content, rows that left stay until released, new ones above are held back; only what comes
 * after the last known row is added.
 */
export function arrange(before: readonly TicketSummary[], fresh: readonly TicketSummary[], inUse: boolean): Shown {
  if (!inUse || before.length === 0) return { rows: fresh, held: 0 };
  const byNumber = new Map(fresh.map((row) => [row.number, row]));
  const known = new Set(before.map((row) => row.number));
  const kept = before.map((row) => byNumber.get(row.number) ?? row);
  const lastKnown = fresh.findLastIndex((row) => known.has(row.number));
  const added = fresh.slice(lastKnown + 1);
  const held = fresh.slice(0, lastKnown + 1).filter((row) => !known.has(row.number)).length;
  if (added.length === fresh.length) return { rows: fresh, held: 0 };
  return { rows: [...kept, ...added], held };
}
