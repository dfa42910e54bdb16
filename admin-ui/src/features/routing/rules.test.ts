import { expect, test } from 'vitest';
import { Problem } from '@/api/problem';
import { faultsOf, mistakes, moved } from './rules';

test('a rule goes to another place, and the others keep their order', () => {
  expect(moved(['a', 'b', 'c', 'd'], 2, 0)).toEqual(['c', 'a', 'b', 'd']);
  expect(moved(['a', 'b', 'c', 'd'], 0, 3)).toEqual(['b', 'c', 'd', 'a']);
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
  expect(moved(['a'], 5, 0)).toEqual(['a']);
});

test('what the hub refuses is told at the rule it belongs to', () => {
  const error = new Problem({
    status: 422,
    code: 'invalid',
    fields: [
      { field: 'rules.1.words', code: 'rule_no_word' },
      { field: 'rules.11.name', code: 'required' },
    ],
  });
  expect(faultsOf(error, 1)).toEqual([{ field: 'words', code: 'rule_no_word' }]);
  expect(faultsOf(error, 0)).toEqual([]);
  expect(faultsOf(new Error('away'), 1)).toEqual([]);
});

test('a rule without a name, a condition or an effect is not put on the list', () => {
  const codes = (rule: Parameters<typeof mistakes>[0]) => mistakes(rule).map((each) => `${each.field} ${each.code}`);
  expect(codes({ name: ' ', enabled: true, when_closed: false, words: [] })).toEqual([
    'name required',
    'when rule_no_condition',
    'then rule_does_nothing',
  ]);
  expect(codes({ name: 'TARI', enabled: true, when_closed: true, words: ['tari'], office_id: 'a' })).toEqual([
    'fallback_id rule_fallback_missing',
  ]);
  expect(
    codes({
      name: 'TARI',
      enabled: true,
      when_closed: false,
      hours: 'closed',
      office_id: 'a',
      fallback_id: 'a',
    }),
  ).toEqual(['fallback_id rule_fallback_ring']);
  for (const effect of [{ priority: 3 }, { tags: ['neve'] }]) {
    expect(codes({ name: 'TARI', enabled: true, when_closed: false, sender: 'authenticated', ...effect })).toEqual([]);
  }
  expect(codes({ name: 'TARI', enabled: true, when_closed: false, sender: 'authenticated', tags: [] })).toEqual(['then rule_does_nothing']);
});
