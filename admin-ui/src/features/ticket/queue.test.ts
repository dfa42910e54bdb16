import { describe, expect, test } from 'vitest';
import { buildWorld } from '../../../fake/world';
import type { TicketSummary } from '@/api/schema.gen';
import { belongs, compare, numberMatches, place, statesOf, type Page, type TicketFilter } from './queue';

const { me, cases } = buildWorld(1);
const base = cases[0]?.ticket as TicketSummary;
const ticket = (more: Partial<TicketSummary>): TicketSummary => {
  const { assignee: _assignee, waiting_since: _since, ...bare } = base;
  return { ...bare, attention: [], ...more };
};
const filter = (more: Partial<TicketFilter>): TicketFilter => ({ queue: 'all', order: 'waiting', ...more });
const elsewhere = { id: '01930000-0000-7000-8000-00000000ffff', name: 'Altro ufficio' };

describe('belongs', () => {
  const mine = ticket({ status: 'open', assignee: { id: me.id, name: me.name } });
  test.each([
    ['mine, assigned to me', filter({ queue: 'mine' }), mine, true],
    ['mine, assigned to nobody', filter({ queue: 'mine' }), ticket({ status: 'open' }), false],
    ['unassigned', filter({ queue: 'unassigned' }), ticket({ status: 'new' }), true],
    ['unassigned, but mine', filter({ queue: 'unassigned' }), mine, false],
    ['office of mine', filter({ queue: 'office' }), ticket({ status: 'open' }), true],
    ['office of others', filter({ queue: 'office' }), ticket({ status: 'open', office: elsewhere }), false],
    ['office named in the filter', filter({ queue: 'office', office: elsewhere.id }), ticket({ status: 'open', office: elsewhere }), true],
    ['waiting', filter({ queue: 'waiting' }), ticket({ status: 'open', waiting_since: '2026-01-01T00:00:00Z' }), true],
    ['waiting, but nobody waits', filter({ queue: 'waiting' }), ticket({ status: 'open' }), false],
    ['attention', filter({ queue: 'attention' }), ticket({ status: 'closed', attention: ['delivery_failed'] }), true],
    ['attention without reason', filter({ queue: 'attention' }), ticket({ status: 'open' }), false],
    ['done', filter({ queue: 'closed' }), ticket({ status: 'resolved' }), true],
    ['done, but open', filter({ queue: 'closed' }), ticket({ status: 'open' }), false],
    ['all leaves done ones out', filter({}), ticket({ status: 'closed' }), false],
    ['all with the state asked for', filter({ status: ['closed'] }), ticket({ status: 'closed' }), true],
    ['number', filter({ q: base.number.slice(0, 9) }), ticket({ status: 'open' }), true],
    ['another number', filter({ q: '2025' }), ticket({ status: 'open' }), false],
  ])('%s', (_name, wanted, row, expected) => {
    expect(belongs(wanted, row, me)).toBe(expected);
  });

  test('asks the hub for open states where it would answer with all', () => {
    expect(statesOf(filter({}))).not.toContain('closed');
    expect(statesOf(filter({ queue: 'mine' }))).toBeUndefined();
    expect(statesOf(filter({ status: ['resolved'] }))).toEqual(['resolved']);
  });
});

test('a sequence alone finds its number', () => {
  expect(numberMatches('4200', '2026-004200-4')).toBe(true);
  expect(numberMatches('420', '2026-004200-4')).toBe(false);
  expect(numberMatches('2026-0042', '2026-004200-4')).toBe(true);
});

test('who has waited longest comes first, those nobody waits for last', () => {
  const long = ticket({ number: '2026-000001-0', waiting_since: '2026-01-01T00:00:00Z' });
  const short = ticket({ number: '2026-000002-0', waiting_since: '2026-01-02T00:00:00Z' });
  const quiet = ticket({ number: '2026-000003-0', last_message_at: '2026-03-01T00:00:00Z' });
  const old = ticket({ number: '2026-000004-0', last_message_at: '2026-02-01T00:00:00Z' });
  expect([old, short, quiet, long].sort((a, b) => compare('waiting', a, b))).toEqual([long, short, quiet, old]);
  expect(compare('newest', old, quiet)).toBeGreaterThan(0);
});

test('the nearest deadline comes first, those without one last; what is over has no place there', () => {
  const soon = ticket({ number: '2026-000001-0', clocks: { due_at: '2026-01-02T00:00:00Z' } });
  const later = ticket({ number: '2026-000002-0', clocks: { due_at: '2026-01-03T00:00:00Z' } });
  const never = ticket({ number: '2026-000003-0', clocks: {} });
  expect([never, later, soon].sort((a, b) => compare('due', a, b))).toEqual([soon, later, never]);
  expect(belongs(filter({ order: 'due', status: ['closed'] }), ticket({ status: 'closed' }), me)).toBe(false);
});

describe('place', () => {
  const row = (n: number, more: Partial<TicketSummary> = {}) =>
    ticket({ number: `2026-00000${n}-0`, status: 'open', waiting_since: `2026-01-0${n}T00:00:00Z`, ...more });
  const pages: Page[] = [
    { items: [row(2), row(4)], next: 'c1' },
    { items: [row(6)], next: 'c2' },
  ];
  const numbers = (result: Page[]) => result.map((page) => page.items.map((each) => each.number[10]).join(''));

  test.each([
    ['between two rows', row(3), ['234', '6']],
    ['at the head of the next page', row(5), ['24', '56']],
    ['beyond what is loaded: left out', row(7), ['24', '6']],
    ['moved', row(6, { waiting_since: '2026-01-01T00:00:00Z' }), ['624', '']],
    ['taken out', row(4, { status: 'closed' }), ['2', '6']],
  ])('%s', (_name, fresh, expected) => {
    expect(numbers(place(pages, fresh, filter({}), me))).toEqual(expected);
  });

  test('the end of a list that is loaded whole takes the last row', () => {
    expect(numbers(place([{ items: [row(2)] }], row(9), filter({}), me))).toEqual(['29']);
  });

  test('pages that did not change keep their identity', () => {
    expect(place(pages, row(3), filter({}), me)[1]).toBe(pages[1]);
  });
});
