import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Standing, TicketEvent, TicketEventList } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { More } from '@/design/More';
import { priorityWord, useStandingWords, useTypeName } from '@/features/standing/standing';
import { useCoded, useMoments } from '@/i18n/words';
import style from './History.module.css';

function eventsQuery(number: string) {
  return infiniteQueryOptions({
    queryKey: ['events', number] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET('/tickets/{number}/events', {
          params: { path: { number }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page: TicketEventList) => page.next,
    staleTime: 10_000,
  });
}

/** What happened to a ticket, in words, oldest first. */
export function History({ number }: { number: string }) {
  const { t } = useTranslation();
  const list = useRef<HTMLOListElement>(null);
  const query = useInfiniteQuery(eventsQuery(number));
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isSuccess && events.length === 0) return <p className={style.none}>{t('ticket.historyEmpty')}</p>;
  return (
    <>
      <ol ref={list} className={style.events}>
        {events.map((event) => (
          <Event key={event.id} event={event} number={number} />
        ))}
      </ol>
      <More
        list={list}
        more={query.hasNextPage}
        busy={query.isFetchingNextPage}
        label={t('ticket.historyMore')}
        onMore={() => void query.fetchNextPage()}
      />
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
          {moments.sameDay(event.created_at, now)
            ? moments.clock(event.created_at)
            : `${moments.date(event.created_at, now)}, ${moments.clock(event.created_at)}`}
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

/** Of a request that went to another office the words say whether that one stands in for a third. */
function movedBy(params: TicketEvent['params']): string {
  if (params['cause'] === 'closed') return 'office_closed';
  const kind = params['returned'] ? 'office_returned' : 'office';
  if (params['meant_name']) return `${kind}_for`;
  return params['returned'] ? kind : 'office_changed';
}

/** The name under which an event has its words. */
function wordOf({ type, params }: Pick<TicketEvent, 'type' | 'params'>): string {
  if (type === 'opened') return openedBy(params);
  if (type === 'status_changed' && params['cause'] === 'until') return 'back_by_date';
  if (type === 'tagged' && params['rule']) return 'tagged_by_rule';
  if (type === 'woke' && params['message']) return 'woke_by_letter';
  if (type === 'office_changed') return movedBy(params);
  if (params['cause'] && (type === 'assigned' || type === 'unassigned')) return `${type}_${params['cause']}`;
  if (type === 'asked' && params['meant_name']) return 'asked_for';
  if (type === 'ask_withdrawn' && params['why'] === 'confidential') return 'ask_withdrawn_confidential';
  if (type === 'ask_returned' && params['cause'] === 'closed') return 'ask_returned_closed';
  return type === 'type_changed' && !params['to'] ? 'type_cleared' : type;
}

/** What an event says of the status that it led to. */
function said({ params }: Pick<TicketEvent, 'params'>): Standing {
  const of = (name: string) => params[name];
  return Object.fromEntries(['outcome', 'basis', 'who', 'note'].flatMap((name) => (of(name) ? [[name, of(name)]] : [])));
}

const spoken = ['status_changed', 'reopened', 'replied', 'standing_changed'];

/** Words an event; states and outcomes among its parameters are worded too. */
function useEventWords(): (event: Pick<TicketEvent, 'type' | 'params'>) => string {
  const coded = useCoded();
  const moments = useMoments();
  const { t, i18n } = useTranslation();
  const typeName = useTypeName();
  const standing = useStandingWords();
  return (event) => {
    const params = Object.entries(event.params).map(([name, value]) => {
      if (event.type === 'priority_changed') return [name, coded('priority', priorityWord(Number(value)))];
      if (event.type === 'status_changed' && i18n.exists(`status.${value}`)) return [name, coded('status', value)];
      if (event.type === 'snoozed' && name === 'until') return [name, moments.full(value)];
      if (event.type.startsWith('deadline_')) return [name, name === 'due' ? moments.full(value) : coded('deadline.target', value)];
      if (name === 'outcome' && i18n.exists(`task.option.${value}`)) return [name, coded('task.option', value)];
      return [name, value];
    });
    const more = { ...(event.type === 'type_changed' && { type: typeName(event.params['to'] ?? '') }) };
    const words = coded('event', wordOf(event), { ...(Object.fromEntries(params) as Record<string, string>), ...more });
    return [
      words,
      ...(event.params['undone'] ? [t('event.undone')] : []),
      ...(spoken.includes(event.type) ? standing(said(event)) : []),
    ].join(' · ');
  };
}
