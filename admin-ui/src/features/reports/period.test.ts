import { expect, test } from 'vitest';
import { readAsked, spanOf, type Asked } from './period';

test.each<[Asked, [string, string, string]]>([
  [{}, ['2026-11-01', '2026-11-28', 'day']],
  [{ period: 'week' }, ['2026-11-23', '2026-11-28', 'day']],
  [{ period: 'lastMonth' }, ['2026-10-01', '2026-10-31', 'day']],
  [{ period: 'year' }, ['2026-01-01', '2026-11-28', 'month']],
  [{ period: 'custom', from: '2026-03-01', to: '2026-05-31' }, ['2026-03-01', '2026-05-31', 'week']],
  [{ period: 'custom', from: '2024-03-01', to: '2026-05-31' }, ['2024-03-01', '2026-05-31', 'month']],
  [{ period: 'custom' }, ['2026-11-01', '2026-11-28', 'day']],
])('%o spans %o', (asked, [from, to, step]) => {
  expect(spanOf(asked, '2026-11-28')).toEqual({ from, to, step });
});

test('a week begins on Monday, also on a Sunday, and a year ends its December', () => {
  expect(spanOf({ period: 'week' }, '2026-11-29').from).toBe('2026-11-23');
  expect(spanOf({ period: 'lastMonth' }, '2026-01-09')).toMatchObject({
    from: '2025-12-01',
    to: '2025-12-31',
  });
});

test('what is no period in the address is left out', () => {
  expect(readAsked({ period: 'ever', from: '1', to: '2026-02-01', by: 'operator', channel: '' })).toEqual({
    to: '2026-02-01',
    channel: '',
  });
});
