import { expect, test } from 'vitest';
import { buildWorld } from '../../../fake/world';
import { isUnseen, markSeen, seen } from './seen';

const ticket = {
  ...buildWorld(1).cases[0]?.ticket,
  number: '2026-000001-0',
  waiting_since: '2026-01-01T10:00:00Z',
  last_message_at: '2026-01-01T10:00:00Z',
} as Parameters<typeof isUnseen>[0];

test('what waits and was never opened is news', () => {
  expect(isUnseen(ticket, {})).toBe(true);
  expect(isUnseen(ticket, { [ticket.number]: '2026-01-01T10:00:00Z' })).toBe(false);
  expect(isUnseen(ticket, { [ticket.number]: '2026-01-01T09:00:00Z' })).toBe(true);
});

test('what we have answered is no news', () => {
  const { waiting_since: _, ...answered } = ticket;
  expect(isUnseen(answered, {})).toBe(false);
});

test('remembers the latest look and forgets the oldest tickets', () => {
  seen.set({});
  markSeen('a', '2026-01-02');
  markSeen('a', '2026-01-01');
  expect(seen.get()['a']).toBe('2026-01-02');
  seen.set((before) => ({ ...before, ...Object.fromEntries(Array.from({ length: 2098 }, (_, n) => [`t${n}`, '2026-01-03'])) }));
  markSeen('t2099', '2026-01-03');
  expect(Object.keys(seen.get()).length).toBeLessThanOrEqual(2000);
  expect(seen.get()['a']).toBeUndefined();
  expect(seen.get()['t2099']).toBe('2026-01-03');
});
