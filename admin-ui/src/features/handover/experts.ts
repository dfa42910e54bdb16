import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { NewExpertAsk, Ticket } from '@/api/schema.gen';
import { spread } from '@/features/ticket/tickets';
import { refreshAround } from './asks';

/** Experts asked lately, the last one first. */
export const expertsQuery = queryOptions({
  queryKey: ['experts'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/experts', { signal }))).items,
  staleTime: 60_000,
});

/** The letter as it would leave. */
export function letterQuery(number: string, ask: NewExpertAsk | undefined) {
  return queryOptions({
    queryKey: ['expert-letter', number, ask] as const,
    queryFn: ({ signal }) =>
      body(api.POST('/tickets/{number}/experts/preview', { params: { path: { number } }, body: ask ?? { address: '', text: '' }, signal })),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

/** Asks an expert. */
export function useAskExpert(ticket: Ticket, done: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ ask, key }: { ask: NewExpertAsk; key: string }) =>
      body(
        api.POST('/tickets/{number}/experts', {
          params: { path: { number: ticket.number }, header: { 'Idempotency-Key': key } },
          body: ask,
        }),
      ),
    onSuccess: (fresh) => {
      spread(client, fresh);
      refreshAround(client, fresh.number);
      void client.invalidateQueries({ queryKey: expertsQuery.queryKey });
      done();
    },
  });
}
