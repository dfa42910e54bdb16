import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
} from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Me, OfficeIdentity, Ticket, TicketPatch } from '@/api/schema.gen';
import { meQuery } from '@/features/session/me';
import { place, statesOf, withdraw, type Page, type TicketFilter } from './queue';

const pageSize = 50;

/** One list of tickets, page after page. */
export function listQuery(filter: TicketFilter) {
  const states = statesOf(filter);
  return infiniteQueryOptions({
    queryKey: ['tickets', filter] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<Page> =>
      body(
        api.GET('/tickets', {
          params: {
            query: {
              queue: filter.queue,
              order: filter.order,
              limit: pageSize,
              ...(states && { status: [...states] }),
              ...(filter.office && { office: filter.office }),
              ...(filter.tag && { tag: filter.tag }),
              ...(filter.type && { type: filter.type }),
              ...(filter.outcome && { outcome: filter.outcome }),
              ...(filter.q && { q: filter.q }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next,
    staleTime: 30_000,
  });
}

/** One ticket. */
export function ticketQuery(number: string) {
  return queryOptions({
    queryKey: ['ticket', number] as const,
    queryFn: ({ signal }) => body(api.GET('/tickets/{number}', { params: { path: { number } }, signal })),
    staleTime: 10_000,
  });
}

/** How many wait in each queue. */
export const countsQuery = queryOptions({
  queryKey: ['counts'] as const,
  queryFn: ({ signal }) => body(api.GET('/tickets/counts', { signal })),
  staleTime: 10_000,
});

/** All offices. */
export const officesQuery = queryOptions({
  queryKey: ['offices'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/offices', { signal }))).items,
  staleTime: 5 * 60_000,
});

/** All operators a ticket can be assigned to. */
export const operatorsQuery = queryOptions({
  queryKey: ['operators'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/operators', { signal }))).items,
  staleTime: 5 * 60_000,
});

/** Puts a fresh ticket into everything loaded that shows it. */
export function spread(client: QueryClient, ticket: Ticket) {
  client.setQueryData(ticketQuery(ticket.number).queryKey, ticket);
  inLists(client, (pages, filter, me) => place(pages, ticket, filter, me));
}

/** How many rows the hub gives at once. */
export const mostRows = 50;

/**
 * Brings tickets up to date wherever they show. Their rows are asked for as a list's: asking for a ticket is opening
 * it, which goes into the log, and only who has it on the screen does that. Costs one question for all rows, or none
 * where no list is loaded.
 */
export async function refreshTickets(client: QueryClient, numbers: readonly string[]): Promise<void> {
  for (const number of numbers) void client.invalidateQueries({ queryKey: ticketQuery(number).queryKey });
  if (!client.getQueryCache().find({ queryKey: ['tickets'], exact: false })) return;
  try {
    const { items } = await body(api.GET('/tickets', { params: { query: { number: [...numbers], limit: mostRows } } }));
    const rows = new Map(items.map((row) => [row.number, row]));
    for (const number of numbers) {
      const row = rows.get(number);
      // No row: joined with another, or not ours to see any more.
      inLists(client, (pages, filter, me) => (row ? place(pages, row, filter, me) : withdraw(pages, number)));
    }
  } catch {
    // The hub is away: the lists will tell when they are fetched again.
    void client.invalidateQueries({ queryKey: ['tickets'] });
  }
}

/** Changes what is loaded of every list. */
function inLists(client: QueryClient, change: (pages: readonly Page[], filter: TicketFilter, me: Me) => Page[]) {
  const me = client.getQueryData<Me>(meQuery.queryKey);
  if (!me) return;
  for (const query of client.getQueryCache().findAll({ queryKey: ['tickets'] })) {
    const filter = query.queryKey[1] as TicketFilter;
    client.setQueryData<InfiniteData<Page>>(query.queryKey, (data) => data && { ...data, pages: change(data.pages, filter, me) });
  }
}

type Change = Omit<TicketPatch, 'version'>;

/** Changes a ticket; when a colleague was faster, shows the colleague's version and reports `stale`. */
export function useUpdateTicket(ticket: Pick<Ticket, 'number' | 'version'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Change) =>
      body(
        api.PATCH('/tickets/{number}', {
          params: { path: { number: ticket.number } },
          body: { ...change, version: ticket.version },
        }),
      ),
    onSuccess: (fresh) => {
      spread(client, fresh);
      void client.invalidateQueries({ queryKey: ['events', ticket.number] });
      void client.invalidateQueries({ queryKey: countsQuery.queryKey });
    },
    onError: (error) => {
      if (hasCode(error, 'stale')) void client.invalidateQueries({ queryKey: ['ticket', ticket.number] });
    },
  });
}

/** How an office's messages are signed. */
export const identityQuery = (office: string) =>
  queryOptions({
    queryKey: ['office-identity', office] as const,
    queryFn: ({ signal }) => body(api.GET('/offices/{id}/identity', { params: { path: { id: office } }, signal })),
    staleTime: 60_000,
  });

/** Name and signature by channels of a kind: their own, or the office's. */
export function signedBy(identity: OfficeIdentity, kind: string | undefined): { sender: string; signature: string } {
  const own = identity.by_channel.find((each) => each.kind === kind);
  return { sender: own?.sender_name || identity.sender, signature: own ? own.signature : identity.signature };
}
