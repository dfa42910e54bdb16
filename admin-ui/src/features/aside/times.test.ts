import { expect, test } from 'vitest';
import { laterToday, morningOf, tomorrow } from './times';

const at = (text: string) => new Date(text).getTime();

test('later today is in three hours, on the half hour, and not in the evening', () => {
  expect(laterToday(at('2026-11-30T09:10'))).toBe(at('2026-11-30T12:30'));
  expect(laterToday(at('2026-11-30T15:00'))).toBe(at('2026-11-30T18:00'));
  expect(laterToday(at('2026-11-30T15:01'))).toBeUndefined();
});

test('tomorrow is at eight on the clock, also where an hour is skipped', () => {
  expect(tomorrow(at('2026-03-28T22:00'))).toBe(at('2026-03-29T08:00'));
});

test('another day is one to come', () => {
  expect(morningOf('2026-12-01', at('2026-11-30T09:00'))).toBe(at('2026-12-01T08:00'));
  expect(morningOf('2026-11-30', at('2026-11-30T09:00'))).toBeUndefined();
  expect(morningOf('2028-01-01', at('2026-11-30T09:00'))).toBeUndefined();
  expect(morningOf('', 0)).toBeUndefined();
});
