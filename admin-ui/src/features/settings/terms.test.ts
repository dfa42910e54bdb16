import { expect, test } from 'vitest';
import { policyOf, ruleOf } from './terms';

test('a rule goes through the form unchanged', () => {
  const policy = {
    office_id: '01930000-0000-7000-8000-000000000001',
    priority: 4,
    request_type: 'accesso agli atti',
    warn_percent: 50,
    first: { amount: 4, unit: 'hours', worked: true },
    resolve: { amount: 30, unit: 'days', worked: false },
  } as const;
  expect(policyOf(ruleOf(policy, '0'))).toEqual(policy);
});

test('what is no number is sent as one that the hub refuses with its field; an empty one is no term', () => {
  const rule = ruleOf({ warn_percent: 75 }, '0');
  rule.terms.first.amount = 'due';
  rule.terms.next.amount = '1.5';
  rule.terms.resolve.amount = ' ';
  rule.warn = '';
  expect(policyOf(rule)).toEqual({
    first: { amount: 0, unit: 'days', worked: true },
    next: { amount: 0, unit: 'days', worked: true },
    warn_percent: 0,
  });
});
