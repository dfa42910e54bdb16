import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { TicketEvent, TicketEventList } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { useCoded, useMoments } from '@/i18n/words';
import style from './History.module.css';

function eventsQuery(number: string) {
  return infiniteQueryOptions({
    queryKey: ['events', number] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/tickets/{number}/events', { params: { path: { number }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page: TicketEventList) => page.next,
    staleTime: 10_000,
  });
}

/** What happened to a ticket, in words, oldest first. */
export function History({ number }: { number: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(eventsQuery(number));
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isSuccess && events.length === 0) return <p className={style.none}>{t('ticket.historyEmpty')}</p>;
  return (
    <>
      <ol className={style.events}>
        {events.map((event) => (
          <Event key={event.id} event={event} number={number} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button small look="quiet" onClick={() => void query.fetchNextPage()}>
          {t('ticket.historyMore')}
        </Button>
      )}
    </>
  );
}

function Event({ event, number }: { event: TicketEvent; number: string }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const words = useEventWords();
  return (
    <li>
      <span>
        {event.ticket !== number && `${event.ticket}: `}
        {words(event)}
      </span>
      <small>
        {event.actor?.name ?? t('ticket.byHub')} ·{' '}
        <time dateTime={event.created_at} title={moments.full(event.created_at)}>
          {moments.sameDay(event.created_at, now) ? moments.clock(event.created_at) : `${moments.date(event.created_at, now)}, ${moments.clock(event.created_at)}`}
        </time>
      </small>
    </li>
  );
}

/** Of a request that a routing rule sent to its office, the words say which. */
function openedBy(params: TicketEvent['params']): string {
  if (!params['rule']) return 'opened';
  return params['detour'] ? `routed_${params['detour']}` : 'routed';
}

/** The name under which an event has its words. */
function wordOf({ type, params }: Pick<TicketEvent, 'type' | 'params'>): string {
  if (type === 'opened') return openedBy(params);
  return type === 'office_changed' && params['returned'] ? 'office_returned' : type;
}

/** Words an event; states and outcomes among its parameters are worded too. */
export function useEventWords(): (event: Pick<TicketEvent, 'type' | 'params'>) => string {
  const coded = useCoded();
  const moments = useMoments();
  const { i18n } = useTranslation();
  return (event) => {
    const params = Object.entries(event.params).map(([name, value]) => {
      if (event.type === 'status_changed' && i18n.exists(`status.${value}`)) return [name, coded('status', value)];
      if (event.type.startsWith('deadline_')) return [name, name === 'due' ? moments.full(value) : coded('deadline.target', value)];
      if (name === 'outcome' && i18n.exists(`task.option.${value}`)) return [name, coded('task.option', value)];
      return [name, value];
    });
    return coded('event', wordOf(event), Object.fromEntries(params) as Record<string, string>);
  };
}
