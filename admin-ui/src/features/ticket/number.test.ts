import { expect, test } from 'vitest';
import { checkDigit, readNumber } from './number';

test('knows the digit of the textbook', () => {
  expect(checkDigit('572')).toBe(4);
});

test.each([
  ['2026-004200-4', '2026-004200-4'],
  ['  2026 – 004200 – 4 ', '2026-004200-4'],
  ['2026/004200/4', '2026-004200-4'],
])('reads %j', (typed, number) => {
  expect(readNumber(typed)).toBe(number);
});

test.each(['', '2026-004200-5', '2026-04200-4', 'pratica 2026-004200-4', '2026-002400-4'])('refuses %j', (typed) => {
  expect(readNumber(typed)).toBeUndefined();
});

test('catches every single wrong digit and every swap of neighbours', () => {
  const good = '20260042004';
  const valid = (digits: string) => readNumber(`${digits.slice(0, 4)}-${digits.slice(4, 10)}-${digits.slice(10)}`) !== undefined;
  expect(valid(good)).toBe(true);
  for (let at = 0; at < good.length; at++) {
    for (const digit of '0123456789') {
      if (digit !== good[at]) expect(valid(good.slice(0, at) + digit + good.slice(at + 1))).toBe(false);
    }
    const swapped = good.slice(0, at) + (good[at + 1] ?? '') + (good[at] ?? '') + good.slice(at + 2);
    if (swapped !== good && swapped.length === good.length) expect(valid(swapped)).toBe(false);
  }
});
