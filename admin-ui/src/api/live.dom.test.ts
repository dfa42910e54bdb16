import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LiveLine } from '../../fake/live-line';
import { listen, type LiveNotice } from './live';

describe('listen', () => {
  let stop: AbortController;
  let heard: LiveNotice[];
  beforeEach(() => {
    vi.useFakeTimers();
    stop = new AbortController();
    heard = [];
  });
  afterEach(() => stop.abort());
  const kinds = () => heard.map((each) => (each.kind === 'state' ? each.state : each.kind));

  test('says ready, then what changed', async () => {
    const line = new LiveLine();
    void listen({ url: '/live', hear: (each) => heard.push(each), fetch: () => Promise.resolve(line.open(stop.signal)) }, stop.signal);
    await vi.advanceTimersByTimeAsync(10);
    line.tell({ type: 'ticket', id: 'x', ticket: '2026-000001-0' });
    await vi.advanceTimersByTimeAsync(10);
    expect(kinds()).toEqual(['connecting', 'live', 'ready', 'change']);
  });

  test('comes back by itself after the hub was away', async () => {
    const line = new LiveLine();
    let tries = 0;
    const fetch = () => (++tries < 3 ? Promise.reject(new TypeError('refused')) : Promise.resolve(line.open(stop.signal)));
    void listen({ url: '/live', hear: (each) => heard.push(each), fetch, backOff: () => 100 }, stop.signal);
    await vi.advanceTimersByTimeAsync(500);
    expect(tries).toBe(3);
    expect(kinds().slice(-2)).toEqual(['live', 'ready']);
    expect(kinds()).toContain('lost');
  });

  test('a silent line counts as dead', async () => {
    const signals: AbortSignal[] = [];
    const fetch = (_url: unknown, init?: RequestInit) => {
      if (init?.signal) signals.push(init.signal);
      return new Promise<Response>((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    };
    void listen(
      { url: '/live', hear: (each) => heard.push(each), fetch: fetch as typeof globalThis.fetch, silence: 1000, backOff: () => 10 },
      stop.signal,
    );
    await vi.advanceTimersByTimeAsync(1100);
    expect(signals[0]?.aborted).toBe(true);
    expect(signals.length).toBe(2);
  });

  test('stops when told to', async () => {
    const fetch = vi.fn(() => Promise.reject(new TypeError('refused')));
    const done = listen({ url: '/live', hear: () => undefined, fetch, backOff: () => 100 }, stop.signal);
    await vi.advanceTimersByTimeAsync(50);
    stop.abort();
    await done;
    const calls = fetch.mock.calls.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(fetch.mock.calls.length).toBe(calls);
  });
});
