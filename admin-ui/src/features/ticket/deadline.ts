import type { TicketSummary } from '@/api/schema.gen';

/** How a ticket's clocks stand: what is due, that they stand still, or that there is nothing to say. */
export type Deadline =
  | { state: 'running' | 'near' | 'late'; at: string; target: 'answer' | 'resolve' }
  | { state: 'paused'; why: 'waiting_citizen' | 'waiting_third' | 'suspended' };

/** Reads what a ticket's clocks show at a time; a deadline is late as soon as it is past, whatever was loaded. */
export function deadlineOf(ticket: Pick<TicketSummary, 'status' | 'clocks'>, now: number): Deadline | undefined {
  const { due_at, due_for, near, resolve_due_at } = ticket.clocks ?? {};
  if (due_at) {
    const late = Date.parse(due_at) <= now;
    return { state: late ? 'late' : near ? 'near' : 'running', at: due_at, target: due_for === 'resolve' ? 'resolve' : 'answer' };
  }
  const { status } = ticket;
  if (resolve_due_at && (status === 'waiting_citizen' || status === 'waiting_third' || status === 'suspended')) return { state: 'paused', why: status };
  return undefined;
}
