import { infiniteQueryOptions, useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Ask, AskList, Delivery, NewAsk, Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { countsQuery, refreshTickets, spread } from '@/features/ticket/tickets';

/** Whose questions: what my offices are asked, or what I asked. */
export type Box = 'received' | 'sent';

/** Questions between offices, those due first before the others. */
export function asksQuery(box: Box) {
  return infiniteQueryOptions({
    queryKey: ['asks', box] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/asks', { params: { query: { box, ...(pageParam && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page: AskList) => page.next,
    staleTime: 10_000,
  });
}

/** Reads again what a question changes around its ticket. */
export function refreshAround(client: QueryClient, number: string) {
  for (const queryKey of [['asks'], ['messages', number], ['events', number], countsQuery.queryKey])
    void client.invalidateQueries({ queryKey });
}

/** Asks an office. */
export function useAsk(ticket: Ticket, done: (fresh: Ticket) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ ask, key }: { ask: NewAsk; key: string }) =>
      body(
        api.POST('/tickets/{number}/asks', { params: { path: { number: ticket.number }, header: { 'Idempotency-Key': key } }, body: ask }),
      ),
    onSuccess: (fresh) => {
      spread(client, fresh);
      refreshAround(client, fresh.number);
      done(fresh);
    },
  });
}

/** How whoever is asked is called. */
export function askedName(ask: Ask): string {
  return ask.expert?.name ?? ask.expert?.address ?? ask.office?.name ?? '';
}

/** Whether a letter has left, is leaving, or may have left. */
const gone = ({ state }: Delivery) => !['queued', 'failed', 'expired', 'cancelled'].includes(state);

type Act = { kind: 'answer' | 'return'; text: string } | { kind: 'withdraw' | 'reminder' | 'seen' | 'settle' };

function perform(ask: Ask, act: Act) {
  const params = { path: { id: ask.id } };
  switch (act.kind) {
    case 'answer':
      return api.POST('/asks/{id}/answer', { params, body: { text: act.text } });
    case 'return':
      return api.POST('/asks/{id}/return', { params, body: { text: act.text } });
    case 'withdraw':
      return api.POST('/asks/{id}/withdraw', { params });
    case 'reminder':
      return api.POST('/asks/{id}/reminder', { params });
    case 'settle':
      return api.POST('/asks/{id}/settle', { params });
    case 'seen':
      return api.POST('/asks/{id}/seen', { params });
  }
}

/** What one does with a question; whoever answers it sees the ticket no longer. */
export function useAskAct(ask: Ask) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (act: Act) => void (await perform(ask, act)),
    onSuccess: (_, { kind }) => {
      if (kind === 'settle') toast(t('expert.settled', { office: askedName(ask) }));
      else if (kind === 'withdraw' && ask.deliveries?.some(gone)) toast(t('expert.withdrawnLate', { office: askedName(ask) }));
      else if (kind !== 'seen') toast(t(`ask.done.${kind}`, { office: askedName(ask), from: ask.from_office.name }));
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
    onSettled: (_, error, { kind }) => {
      if (!error && (kind === 'answer' || kind === 'return')) {
        for (const queryKey of [['asks'], ['tickets'], countsQuery.queryKey]) void client.invalidateQueries({ queryKey });
        return;
      }
      refreshAround(client, ask.ticket);
      void refreshTickets(client, [ask.ticket]);
    },
  });
}
