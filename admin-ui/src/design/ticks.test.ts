import { expect, test } from 'vitest';
import { tick } from './ticks';

const items = ['a', 'b', 'c', 'd'];

test('a row is ticked and unticked', () => {
  expect([...tick(items, new Set(), 1, -1)]).toEqual(['b']);
  expect([...tick(items, new Set(['a', 'b']), 1, -1)]).toEqual(['a']);
});

test('with Shift everything up to there is set as the row before was', () => {
  expect([...tick(items, new Set(['b']), 3, 1)]).toEqual(['b', 'c', 'd']);
  expect([...tick(items, new Set(['a', 'b', 'c']), 0, 3)]).toEqual([]);
});
