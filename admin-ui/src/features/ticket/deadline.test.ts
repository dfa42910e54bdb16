import { describe, expect, test } from 'vitest';
import type { Clocks, TicketStatus } from '@/api/schema.gen';
import { deadlineFacts, deadlineOf } from './deadline';

const now = Date.parse('2026-03-03T10:00:00Z');
const ticket = (status: TicketStatus, clocks?: Clocks) => ({ status, ...(clocks && { clocks }) });

describe('deadlineOf', () => {
  test.each([
    [
      'runs',
      ticket('open', { due_at: '2026-03-04T12:00:00Z', due_for: 'next' }),
      { state: 'running', at: '2026-03-04T12:00:00Z', target: 'answer' },
    ],
    [
      'is near',
      ticket('new', { due_at: '2026-03-03T12:00:00Z', due_for: 'first', near: true }),
      { state: 'near', at: '2026-03-03T12:00:00Z', target: 'answer' },
    ],
    [
      'is late, though loaded before',
      ticket('open', { due_at: '2026-03-03T09:59:00Z', due_for: 'resolve', near: true }),
      { state: 'late', at: '2026-03-03T09:59:00Z', target: 'resolve' },
    ],
    ['stands still', ticket('waiting_third', { resolve_due_at: '2026-04-01T12:00:00Z' }), { state: 'paused', why: 'waiting_third' }],
    ['is over', ticket('closed', { resolve_due_at: '2026-04-01T12:00:00Z' }), undefined],
    ['has no term', ticket('waiting_citizen'), undefined],
  ])('%s', (_name, given, expected) => {
    expect(deadlineOf(given, now)).toEqual(expected);
  });
});

describe('deadlineFacts', () => {
  const past = '2026-03-03T09:00:00Z',
    ahead = '2026-03-03T12:00:00Z',
    hour = 3_600_000;
  test.each([
    [
      'an answer in time, the next one late',
      { ...ticket('open', { first_due_at: ahead, first_answered_at: past, next_due_at: past }) },
      [
        ['first', 'met', -3 * hour],
        ['next', 'late', hour],
      ],
    ],
    [
      'a third party is waited for: the citizen is still owed a word',
      ticket('waiting_third', { next_due_at: past, resolve_due_at: ahead }),
      [
        ['next', 'late', hour],
        ['resolve', 'stands', -2 * hour],
      ],
    ],
    [
      'suspended without an answer yet',
      ticket('suspended', { first_due_at: ahead, resolve_due_at: past }),
      [
        ['first', 'running', -2 * hour],
        ['resolve', 'stands', hour],
      ],
    ],
    [
      'it is the turn of the citizen',
      ticket('waiting_citizen', { first_due_at: past, resolve_due_at: past }),
      [
        ['first', 'stands', hour],
        ['resolve', 'stands', hour],
      ],
    ],
    [
      'closed too late, never answered',
      { ...ticket('closed', { first_due_at: past, resolve_due_at: past }), closed_at: '2026-03-03T09:30:00Z' },
      [
        ['first', 'running', hour],
        ['resolve', 'late', hour / 2],
      ],
    ],
    ['no terms', ticket('open'), []],
  ])('%s', (_name, given, expected) => {
    expect(deadlineFacts(given, now).map(({ target, state, over }) => [target, state, over])).toEqual(expected);
  });
});
