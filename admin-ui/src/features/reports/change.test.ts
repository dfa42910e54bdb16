import { expect, test } from 'vitest';
import { changeSince } from './change';

test.each([
  [100, 112, '+12%'],
  [13, 17, '+31%'],
  [15, 1, '−93%'],
  [1000, 1001, '='],
  [10, 0, '−100%'],
  [9, 900, undefined],
  [1, 17, undefined],
  [0, 17, undefined],
])('%i before and %i now is a change of %s', (before, now, change) => {
  expect(changeSince(before, now)).toBe(change);
});
