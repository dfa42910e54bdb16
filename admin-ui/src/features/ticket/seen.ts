import type { TicketSummary } from '@/api/schema.gen';
import { createKeptStore } from '@/app/store';

type Seen = Record<string, string>;

/** How many tickets are remembered; the oldest are forgotten first. */
const remembered = 2000;

/** When each ticket was last looked at in this browser, by number. */
export const seen = createKeptStore<Seen>('sportello.seen', {});

/** Remembers that a ticket was looked at, up to its last message. */
export function markSeen(number: string, lastMessageAt: string) {
  if ((seen.get()[number] ?? '') >= lastMessageAt) return;
  seen.set((before) => {
    const { [number]: _, ...others } = before;
    const entries = Object.entries(others);
    return Object.fromEntries([...entries.slice(Math.max(0, entries.length - remembered + 1)), [number, lastMessageAt]]);
  });
}

/** Whether the citizen has written something that was not looked at here. */
export function isUnseen(ticket: TicketSummary, looked: Seen): boolean {
  if (!ticket.waiting_since) return false;
  const at = looked[ticket.number];
  return at === undefined || at < ticket.last_message_at;
}
