import type { TicketSummary } from '@/api/schema.gen';

/** How a ticket's clocks stand: what is due, that they stand still, or that there is nothing to say. */
export type Deadline = { state: 'running' | 'near' | 'late'; at: string; target: 'answer' | 'resolve' } | { state: 'paused'; why: Waiting };

/** Reads what a ticket's clocks show at a time; a deadline is late as soon as it is past, whatever was loaded. */
export function deadlineOf(ticket: Pick<TicketSummary, 'status' | 'clocks'>, now: number): Deadline | undefined {
  const { due_at, due_for, near, resolve_due_at } = ticket.clocks ?? {};
  if (due_at) {
    const late = Date.parse(due_at) <= now;
    return { state: late ? 'late' : near ? 'near' : 'running', at: due_at, target: due_for === 'resolve' ? 'resolve' : 'answer' };
  }
  const { status } = ticket;
  if (resolve_due_at && waits(status)) return { state: 'paused', why: status };
  return undefined;
}

type Waiting = 'waiting_citizen' | 'waiting_third' | 'suspended';

const waits = (status: string): status is Waiting => status === 'waiting_citizen' || status === 'waiting_third' || status === 'suspended';

/** One deadline of a ticket: whether it was met, by how much it is over in milliseconds, or that its clock stands still. */
export interface DeadlineFact {
  target: 'first' | 'next' | 'resolve';
  due: string;
  state: 'met' | 'late' | 'stands' | 'running';
  over: number;
}

/**
 * The deadlines of a ticket, in the order in which they come. Who waits for a third party, or has suspended a request, still
 * owes the citizen a word: only its conclusion stands still then.
 */
export function deadlineFacts(ticket: Pick<TicketSummary, 'status' | 'clocks'> & { closed_at?: string }, now: number): DeadlineFact[] {
  const { first_due_at, first_answered_at, next_due_at, resolve_due_at } = ticket.clocks ?? {};
  const fact = (target: DeadlineFact['target'], due: string | undefined, met: string | undefined): DeadlineFact[] => {
    if (!due) return [];
    const over = (met ? Date.parse(met) : now) - Date.parse(due);
    if (met) return [{ target, due, state: over > 0 ? 'late' : 'met', over }];
    const stands = target === 'resolve' ? waits(ticket.status) : ticket.status === 'waiting_citizen';
    if (ticket.closed_at) return [{ target, due, state: 'running', over }];
    return [{ target, due, state: stands ? 'stands' : over > 0 ? 'late' : 'running', over }];
  };
  return [
    ...fact('first', first_due_at, first_answered_at),
    ...fact('next', next_due_at, undefined),
    ...fact('resolve', resolve_due_at, ticket.closed_at),
  ];
}
