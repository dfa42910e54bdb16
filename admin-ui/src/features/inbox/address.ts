import type { Outcome, Queue, TicketOrder, TicketStatus } from '@/api/schema.gen';
import { outcomes } from '@/features/standing/outcomes';
import type { TicketFilter } from '@/features/ticket/queue';

/** What the address of the inbox holds besides the queue. */
export interface InboxSearch {
  order?: TicketOrder;
  status?: TicketStatus[];
  office?: string;
  tag?: string;
  type?: string;
  outcome?: Outcome;
  q?: string;
}

/** The queues there are. */
const queueNames: readonly Queue[] = ['mine', 'office', 'unassigned', 'waiting', 'attention', 'snoozed', 'all', 'closed'];
/** The states there are, in the order of a ticket's life. */
export const statusNames: readonly TicketStatus[] = ['new', 'open', 'waiting_citizen', 'waiting_third', 'suspended', 'resolved', 'closed'];

const typeCode = /^[a-z][a-z0-9_]{0,39}$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads a queue from an address; an unknown one is `mine`. */
export function readQueue(text: string): Queue {
  return queueNames.find((each) => each === text) ?? 'mine';
}

/** Reads the rest from an address somebody may have typed; what makes no sense is left out. */
export function readFilter(search: Record<string, unknown>): InboxSearch {
  const given = Array.isArray(search['status']) ? search['status'] : [search['status']];
  const status = statusNames.filter((each) => given.includes(each));
  const { order, office, tag, type } = search;
  const outcome = outcomes.find((each) => each === search['outcome']);
  // The router reads `?q=123` as a number.
  const q = String(search['q'] ?? '');
  return {
    ...((order === 'newest' || order === 'waiting' || order === 'due') && { order }),
    ...(status.length > 0 && { status }),
    ...(typeof office === 'string' && uuid.test(office) && { office }),
    ...(typeof tag === 'string' && uuid.test(tag) && { tag }),
    ...(typeof type === 'string' && typeCode.test(type) && { type }),
    ...(outcome && { outcome }),
    ...(/^[0-9][0-9-]{0,31}$/.test(q) && { q }),
  };
}

/** The order of a queue when nobody chose another. */
export function usualOrder(queue: Queue): TicketOrder {
  if (queue === 'snoozed') return 'back';
  return queue === 'closed' || queue === 'all' ? 'newest' : 'waiting';
}

/** The list an address asks for. */
export function filterOf(queue: Queue, search: InboxSearch): TicketFilter {
  const { status, office, tag, type, outcome, q } = search;
  const order = search.order ?? (outcome ? 'newest' : usualOrder(queue));
  return { queue, order, status, office, tag, type, outcome, q };
}
