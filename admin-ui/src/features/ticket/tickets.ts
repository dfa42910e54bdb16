import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Me, OfficeIdentity, Ticket, TicketPatch, TicketSummary } from '@/api/schema.gen';
import { meQuery } from '@/features/session/me';
import { place, statesOf, type Page, type TicketFilter } from './queue';

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
  const me = client.getQueryData<Me>(meQuery.queryKey);
  if (!me) return;
  for (const query of client.getQueryCache().findAll({ queryKey: ['tickets'] })) {
    const filter = query.queryKey[1] as TicketFilter;
    client.setQueryData<InfiniteData<Page>>(
      query.queryKey,
      (data) => data && { ...data, pages: place(data.pages, ticket as TicketSummary, filter, me) },
    );
  }
}

/** Fetches one ticket and puts it into everything loaded that shows it. */
export async function refreshTicket(client: QueryClient, number: string): Promise<void> {
  try {
    spread(client, await body(api.GET('/tickets/{number}', { params: { path: { number } } })));
  } catch {
    // Not ours to see any more, gone, or the hub is away: the lists will tell when they are fetched again.
    void client.invalidateQueries({ queryKey: ['tickets'] });
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
