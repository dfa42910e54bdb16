import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Page } from '@/features/ticket/queue';
import { listQuery } from '@/features/ticket/tickets';
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

  test('many changes of one ticket cost one question', async () => {
    const { hub, gatherer, rows } = await setUp();
    const number = rows()[3]?.number ?? '';
    for (let n = 0; n < 20; n++) gatherer.hear(change(number));
    await vi.advanceTimersByTimeAsync(300);
    expect(hub.heard).toEqual([`GET /tickets/${number}`]);
  });

  test('a burst fetches the lists again instead of ticket by ticket', async () => {
    const { hub, client, gatherer, rows } = await setUp(80);
    const again = vi.spyOn(client, 'invalidateQueries');
    for (const row of rows().slice(0, 15)) gatherer.hear(change(row.number));
    await vi.advanceTimersByTimeAsync(300);
    expect(hub.heard).toEqual([]);
    expect(again).toHaveBeenCalledWith({ queryKey: ['tickets'] });
  });

  test('a ticket that may no longer be seen makes the lists be fetched again', async () => {
    const { client, gatherer } = await setUp();
    const again = vi.spyOn(client, 'invalidateQueries');
    gatherer.hear(change('2026-999999-9'));
    await vi.advanceTimersByTimeAsync(300);
    expect(again).toHaveBeenCalledWith({ queryKey: ['tickets'] });
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
