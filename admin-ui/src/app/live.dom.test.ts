import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Page } from '@/features/ticket/queue';
import { listQuery, mostRows, ticketQuery } from '@/features/ticket/tickets';
import { meQuery } from '@/features/session/me';
import { fakeHub } from '@/test/page';
import { Gatherer, liveState } from './live';

const filter = { queue: 'all', order: 'newest' } as const;

describe('Gatherer', () => {
  beforeEach(() => vi.useFakeTimers());

  async function setUp(tickets = 30, pages = 1) {
    const hub = fakeHub(tickets);
    const client = new QueryClient();
    client.setQueryData(meQuery.queryKey, hub.world.me);
    await client.fetchInfiniteQuery({ ...listQuery(filter), pages });
    const key = listQuery(filter).queryKey;
    hub.heard.length = 0;
    const rows = () => (client.getQueryData<{ pages: Page[] }>(key)?.pages ?? []).flatMap((page) => page.items);
    return { hub, client, key, rows, gatherer: new Gatherer(client) };
  }
  const change = (ticket: string) => ({ kind: 'change' as const, change: { type: 'ticket' as const, id: 'x', ticket } });

  test('many changes of a few tickets cost one question for their rows, which opens none of them', async () => {
    const { hub, gatherer, rows } = await setUp();
    for (let n = 0; n < 20; n++) gatherer.hear(change(rows()[n % 4]?.number ?? ''));
    await vi.advanceTimersByTimeAsync(300);
    expect(hub.heard).toEqual(['GET /tickets']);
  });

  test('a row that changed moves to its place', async () => {
    const { hub, gatherer, rows } = await setUp();
    const before = rows().length;
    const number = rows()[3]?.number ?? '';
    const it = hub.find(number);
    if (it) it.ticket = { ...it.ticket, subject: 'Un altro oggetto', last_message_at: '2099-01-01T10:00:00Z' };
    gatherer.hear(change(number));
    await vi.advanceTimersByTimeAsync(300);
    expect(rows()[0]).toMatchObject({ number, subject: 'Un altro oggetto' });
    expect(rows()).toHaveLength(before);
  });

  test('only the ticket on the screen is opened again', async () => {
    const { hub, client, gatherer, rows } = await setUp();
    const [shown, left] = rows().map((row) => row.number);
    const stop = new QueryObserver(client, ticketQuery(shown ?? '')).subscribe(() => undefined);
    await client.fetchQuery(ticketQuery(left ?? ''));
    hub.heard.length = 0;
    for (const number of [shown, left]) gatherer.hear(change(number ?? ''));
    await vi.advanceTimersByTimeAsync(300);
    stop();
    expect(hub.heard.toSorted()).toEqual(['GET /tickets', `GET /tickets/${shown}`]);
    expect(client.getQueryState(ticketQuery(left ?? '').queryKey)?.isInvalidated).toBe(true);
  });

  test('where no list is loaded, a change costs nothing', async () => {
    const { hub, client, gatherer, rows } = await setUp();
    const number = rows()[3]?.number ?? '';
    client.removeQueries({ queryKey: ['tickets'] });
    gatherer.hear(change(number));
    await vi.advanceTimersByTimeAsync(300);
    expect(hub.heard).toEqual([]);
  });

  test('more changes than rows are given at once fetch the lists again', async () => {
    const { hub, client, gatherer, rows } = await setUp(160, 2);
    const again = vi.spyOn(client, 'invalidateQueries');
    for (const row of rows().slice(0, mostRows + 1)) gatherer.hear(change(row.number));
    await vi.advanceTimersByTimeAsync(300);
    expect(hub.heard).toEqual([]);
    expect(again).toHaveBeenCalledWith({ queryKey: ['tickets'] });
  });

  test('a ticket that may no longer be seen leaves the lists', async () => {
    const { hub, gatherer, rows } = await setUp();
    const before = rows().length;
    const number = rows()[3]?.number ?? '';
    hub.world.cases.splice(
      hub.world.cases.findIndex((each) => each.ticket.number === number),
      1,
    );
    gatherer.hear(change(number));
    await vi.advanceTimersByTimeAsync(300);
    expect(rows()).toHaveLength(before - 1);
    expect(rows().map((row) => row.number)).not.toContain(number);
  });

  test('after an interruption everything on the screen is fetched again, but only the first pages of a list', async () => {
    const { client, gatherer, rows } = await setUp(600, 5);
    expect(rows()).toHaveLength(250);
    const again = vi.spyOn(client, 'invalidateQueries');
    gatherer.hear({ kind: 'ready' });
    expect(rows()).toHaveLength(150);
    const [given] = again.mock.calls[0] ?? [];
    const stays = (key: string) => !given?.predicate?.({ queryKey: [key] } as never);
    expect(stays('draft')).toBe(true);
    expect(stays('messages')).toBe(false);
  });

  test('tells what the line is doing', async () => {
    const { gatherer } = await setUp();
    gatherer.hear({ kind: 'state', state: 'lost' });
    expect(liveState.get()).toBe('lost');
  });
});
