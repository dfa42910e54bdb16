import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeHub } from '@/test/page';
import { LocalDraft } from './drafts';
import { DraftSaver, type Saved } from './DraftSaver';

describe('DraftSaver', () => {
  let saved: Saved[];
  const setUp = () => {
    const hub = fakeHub(2);
    const number = hub.world.cases[0]?.ticket.number ?? '';
    const local = new LocalDraft('me', number, 'reply');
    const saver = new DraftSaver(number, 'reply', local, (each) => saved.push(each));
    const kept = () => hub.find(number)?.drafts.reply;
    return { hub, saver, local, kept };
  };
  beforeEach(() => {
    saved = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  test('is on the hub within two seconds even while typing goes on', async () => {
    const { saver, kept } = setUp();
    for (let n = 1; n <= 9; n++) {
      saver.change({ text: 'x'.repeat(n) });
      await vi.advanceTimersByTimeAsync(200);
    }
    await vi.advanceTimersByTimeAsync(200);
    expect(kept()?.text.length).toBeGreaterThanOrEqual(8);
    expect(saved.at(-1)?.state).toBe('saved');
  });

  test('is in the browser at once and only until the hub has it', async () => {
    const { saver, local } = setUp();
    saver.change({ text: 'a' });
    expect(local.newerThan(null)).toEqual({ text: 'a' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(local.newerThan(null)).toBeNull();
  });

  test('stays in the browser while the hub is away and goes there when it is back', async () => {
    const { hub, saver, local, kept } = setUp();
    hub.reachable = false;
    saver.change({ text: 'non perdermi' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(saved.at(-1)?.state).toBe('local');
    expect(local.newerThan(null)?.text).toBe('non perdermi');
    hub.reachable = true;
    await vi.advanceTimersByTimeAsync(5000);
    expect(kept()?.text).toBe('non perdermi');
    expect(saved.at(-1)?.state).toBe('saved');
  });

  test('throwing away leaves nothing, not even what was on its way', async () => {
    const { saver, local, kept } = setUp();
    saver.change({ text: 'via' });
    await vi.advanceTimersByTimeAsync(1000);
    saver.change({ text: 'via ancora' });
    await saver.discard();
    await vi.advanceTimersByTimeAsync(5000);
    expect(kept()).toBeUndefined();
    expect(local.newerThan(null)).toBeNull();
  });

  test('an emptied draft is removed from the hub', async () => {
    const { saver, kept } = setUp();
    saver.change({ text: 'a' });
    await vi.advanceTimersByTimeAsync(1000);
    saver.change({ text: ' ' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(kept()).toBeUndefined();
  });

  test('stopping sends what waits', async () => {
    const { saver, kept } = setUp();
    saver.change({ text: 'ultima parola' });
    saver.stop();
    await vi.advanceTimersByTimeAsync(10);
    expect(kept()?.text).toBe('ultima parola');
  });
});

test('a copy older than the hub’s draft is not taken', () => {
  const local = new LocalDraft('me', 'n', 'note');
  local.keep({ text: 'vecchia' }, new Date('2026-01-01T10:00:00Z'));
  expect(local.newerThan({ text: 'nuova', updated_at: '2026-01-01T11:00:00Z' })).toBeNull();
  expect(local.newerThan({ text: 'prima', updated_at: '2026-01-01T09:00:00Z' })?.text).toBe('vecchia');
});
