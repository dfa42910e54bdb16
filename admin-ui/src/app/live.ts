import { useQueryClient, type InfiniteData, type QueryClient, type QueryFilters } from '@tanstack/react-query';
import { useEffect } from 'react';
import { apiRoot } from '@/api/client';
import type { LiveNotice, LiveState } from '@/api/live';
import type { LiveEvent } from '@/api/schema.gen';
import { shareLive } from '@/api/shared-live';
import type { Page } from '@/features/ticket/queue';
import { countsQuery, mostRows, refreshTickets } from '@/features/ticket/tickets';
import { createStore } from './store';

/** What the line to the hub is doing. */
export const liveState = createStore<LiveState>('connecting');

/** Milliseconds in which changes are gathered, so that a burst costs one round of fetching. */
const gather = 250;
/** Pages of a list that are fetched again after an interruption; further ones come when somebody scrolls there. */
const pagesAgain = 3;
/** What no event of the hub changes. */
const still = ['draft', 'me', 'town', 'offices', 'operators', 'sessions'];

/** Keeps everything on the screen true while the page is open; mounted once. */
export function useLive() {
  const client = useQueryClient();
  useEffect(() => {
    const gatherer = new Gatherer(client);
    const stop = shareLive(`${apiRoot}/live`, (notice) => gatherer.hear(notice));
    return () => {
      stop();
      gatherer.stop();
    };
  }, [client]);
}

/** Gathers what changed and fetches it. */
export class Gatherer {
  private readonly client: QueryClient;
  private waiting: LiveEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.client = client;
  }

  /** Takes a notice of the live stream. */
  hear(notice: LiveNotice) {
    if (notice.kind === 'state') liveState.set(notice.state);
    if (notice.kind === 'change') {
      this.waiting.push(notice.change);
      this.timer ??= setTimeout(() => void this.flush(), gather);
    }
    // Also the first time: what changed between the page's first look and this connection was told to nobody.
    if (notice.kind === 'ready') this.catchUp();
  }

  /** Forgets what is waiting. */
  stop() {
    clearTimeout(this.timer);
  }

  /** Nothing is replayed by the hub: what happened before it was ready to tell must be fetched. */
  private catchUp() {
    for (const query of this.client.getQueryCache().findAll({ queryKey: ['tickets'] })) {
      this.client.setQueryData<InfiniteData<Page>>(
        query.queryKey,
        (data) => data && { pages: data.pages.slice(0, pagesAgain), pageParams: data.pageParams.slice(0, pagesAgain) },
      );
    }
    this.again({ predicate: ({ queryKey }) => !still.includes(String(queryKey[0])) });
  }

  private async flush() {
    const changes = this.waiting;
    this.waiting = [];
    this.timer = undefined;
    const about = (type: LiveEvent['type']) => changes.filter((change) => change.type === type);
    const again = (...queryKey: string[]) => this.again({ queryKey });
    again(countsQuery.queryKey[0]);
    if (about('ticket').length) again('asks');
    if (about('ticket').length || about('mention').length) again('mentions');
    if (about('quarantine').length) again('quarantine');
    if (about('channel').length) again('channels');
    if (about('delivery').length) again('deliveries');
    for (const { id } of about('delivery')) again('delivery', id);
    const numbers = new Set(changes.flatMap((change) => change.ticket ?? []));
    for (const number of numbers) {
      again('messages', number);
      again('events', number);
      again('choice', number);
    }
    if (numbers.size > mostRows) {
      again('tickets');
      again('ticket');
    } else if (numbers.size > 0) await refreshTickets(this.client, [...numbers]);
  }

  /** Fetches again. A first fetch under way may have looked before the change, and is not begun anew: it is repeated. */
  private again(which: QueryFilters) {
    const first = this.client.getQueryCache().findAll({ ...which, fetchStatus: 'fetching' });
    const early = first.filter((query) => query.state.data === undefined).map((query) => query.promise);
    void this.client.invalidateQueries(which);
    if (early.length > 0) void Promise.allSettled(early).then(() => this.client.invalidateQueries(which));
  }
}
