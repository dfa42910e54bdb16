import type { Me, Outcome, Queue, TicketOrder, TicketStatus, TicketSummary } from '@/api/schema.gen';

/** Which tickets a list shows, and in what order; all of it stands in the address of the page. */
export interface TicketFilter {
  queue: Queue;
  order: TicketOrder;
  status?: readonly TicketStatus[] | undefined;
  office?: string | undefined;
  tag?: string | undefined;
  type?: string | undefined;
  outcome?: Outcome | undefined;
  q?: string | undefined;
}

type Asking = Pick<Me, 'id' | 'offices'>;

const over: readonly TicketStatus[] = ['resolved', 'closed'];
const open: readonly TicketStatus[] = ['new', 'open', 'waiting_citizen', 'waiting_third', 'suspended'];

/** The states a list asks for: those chosen, those that have the outcome chosen, else the open ones where the hub by itself would show all. */
export function statesOf(filter: Pick<TicketFilter, 'queue' | 'status' | 'outcome'>): readonly TicketStatus[] | undefined {
  if (filter.status?.length) return filter.status;
  if (filter.outcome) return over;
  return filter.queue === 'all' ? open : undefined;
}

/** Lists of work for those who hold a ticket: what is only shared does not stand there. */
const work: readonly TicketFilter['queue'][] = ['unassigned', 'waiting', 'attention', 'snoozed'];
/** Lists that what is put aside has left. */
const ordinary: readonly TicketFilter['queue'][] = ['mine', 'office', 'unassigned', 'waiting'];

/** Whether a ticket belongs into a list, by the same rules as the hub's. */
export function belongs(filter: TicketFilter, ticket: TicketSummary, me: Asking): boolean {
  if (ticket.shared_only && work.includes(filter.queue)) return false;
  const states = statesOf(filter) ?? (filter.queue === 'attention' || filter.queue === 'closed' ? undefined : open);
  if (states && !states.includes(ticket.status)) return false;
  if (filter.order === 'due' && !open.includes(ticket.status)) return false;
  if (filter.office && ticket.office.id !== filter.office) return false;
  if (filter.tag && !ticket.tags.includes(filter.tag)) return false;
  if (filter.type && ticket.type !== filter.type) return false;
  if (filter.outcome && ticket.standing?.outcome !== filter.outcome) return false;
  if (ticket.snoozed_until && ordinary.includes(filter.queue)) return false;
  if (filter.q && !numberMatches(filter.q, ticket.number)) return false;
  return inQueue(filter, ticket, me);
}

function inQueue(filter: TicketFilter, ticket: TicketSummary, me: Asking): boolean {
  switch (filter.queue) {
    case 'mine':
      return ticket.assignee?.id === me.id;
    case 'unassigned':
      return !ticket.assignee;
    case 'office':
      return filter.office !== undefined || me.offices.some((office) => office.id === ticket.office.id);
    case 'waiting':
      return ticket.waiting_since !== undefined;
    case 'attention':
      return ticket.attention.length > 0;
    case 'snoozed':
      return ticket.snoozed_until !== undefined;
    case 'closed':
      return over.includes(ticket.status);
    case 'all':
      return true;
  }
}

/** Whether what was typed begins the number, or is its sequence alone. */
export function numberMatches(typed: string, number: string): boolean {
  if (number.startsWith(typed)) return true;
  const [, sequence] = number.split('-');
  return /^[0-9]+$/.test(typed) && Number(sequence) === Number(typed);
}

/** Orders two tickets as the hub does: negative when `a` comes first. */
export function compare(order: TicketOrder, a: TicketSummary, b: TicketSummary): number {
  if (order === 'waiting') {
    if (a.waiting_since && b.waiting_since) return text(a.waiting_since, b.waiting_since) || text(a.number, b.number);
    if (a.waiting_since) return -1;
    if (b.waiting_since) return 1;
  }
  if (order === 'due') {
    const [x, y] = [a.clocks?.due_at, b.clocks?.due_at];
    if (x && y) return text(x, y) || text(a.number, b.number);
    return x ? -1 : y ? 1 : text(a.number, b.number);
  }
  if (order === 'back') return text(a.snoozed_until ?? '', b.snoozed_until ?? '') || text(a.number, b.number);
  return text(activity(b), activity(a)) || text(b.number, a.number);
}

function activity(ticket: TicketSummary): string {
  return ticket.last_message_at;
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One loaded page of a list. */
export interface Page {
  items: TicketSummary[];
  next?: string;
}

/**
 * Puts a fresh state of one ticket into the loaded pages: replaced, moved, taken out, or left out when its place lies
 * beyond what is loaded. Cheaper than asking for the pages again, and rows that did not change keep their identity.
 */
export function place(pages: readonly Page[], ticket: TicketSummary, filter: TicketFilter, me: Asking): Page[] {
  const without = withdraw(pages, ticket.number);
  if (!belongs(filter, ticket, me)) return without;
  for (const [index, page] of without.entries()) {
    const at = page.items.findIndex((each) => compare(filter.order, ticket, each) < 0);
    if (at >= 0) return insert(without, index, at, ticket);
  }
  const last = without.length - 1;
  const end = without[last];
  return end && !end.next ? insert(without, last, end.items.length, ticket) : without;
}

/** Takes one ticket out of the loaded pages. */
export function withdraw(pages: readonly Page[], number: string): Page[] {
  return pages.map((page) =>
    page.items.some((each) => each.number === number) ? { ...page, items: page.items.filter((each) => each.number !== number) } : page,
  );
}

function insert(pages: Page[], index: number, at: number, ticket: TicketSummary): Page[] {
  return pages.map((page, each) =>
    each === index ? { ...page, items: [...page.items.slice(0, at), ticket, ...page.items.slice(at)] } : page,
  );
}
