import { describe, expect, test } from 'vitest';
import type { Clocks, TicketStatus } from '@/api/schema.gen';
import { deadlineOf } from './deadline';

const now = Date.parse('2026-03-03T10:00:00Z');
const ticket = (status: TicketStatus, clocks?: Clocks) => ({ status, ...(clocks && { clocks }) });

describe('deadlineOf', () => {
  test.each([
    ['runs', ticket('open', { due_at: '2026-03-04T12:00:00Z', due_for: 'next' }), { state: 'running', at: '2026-03-04T12:00:00Z', target: 'answer' }],
    ['is near', ticket('new', { due_at: '2026-03-03T12:00:00Z', due_for: 'first', near: true }), { state: 'near', at: '2026-03-03T12:00:00Z', target: 'answer' }],
    ['is late, though loaded before', ticket('open', { due_at: '2026-03-03T09:59:00Z', due_for: 'resolve', near: true }), { state: 'late', at: '2026-03-03T09:59:00Z', target: 'resolve' }],
    ['stands still', ticket('waiting_third', { resolve_due_at: '2026-04-01T12:00:00Z' }), { state: 'paused', why: 'waiting_third' }],
    ['is over', ticket('closed', { resolve_due_at: '2026-04-01T12:00:00Z' }), undefined],
    ['has no term', ticket('waiting_citizen'), undefined],
  ])('%s', (_name, given, expected) => {
    expect(deadlineOf(given, now)).toEqual(expected);
  });
});
