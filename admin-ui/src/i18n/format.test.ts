import { describe, expect, test } from 'vitest';
import { dayOf, lengthOfTime, Moments, roughTime, shortTime, size, waitStep } from './format';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [20_000, '<1 min'],
  [-5, '<1 min'],
  [45 * minute, '45 min'],
  [2 * hour, '2 h'],
  [2 * hour + 14 * minute, '2 h 14 min'],
  [3 * day + 2 * hour, '3 g 2 h'],
  [12 * day + 5 * hour, '12 g'],
])('%i ms are %s', (ms, words) => {
  expect(lengthOfTime(ms, 'it')).toBe(words);
});

test('speaks English too', () => {
  expect(lengthOfTime(0, 'en')).toBe('<1 min');
  expect(lengthOfTime(26 * hour, 'en')).toBe('1 d 2 h');
});

test('a rough length of time has one unit', () => {
  expect([20_000, 5 * hour + 14 * minute, 2 * day + 3 * hour].map((ms) => shortTime(ms, 'it'))).toEqual(['<1 min', '5 h', '2 g']);
  expect([20_000, 5 * hour, 2 * day].map((ms) => roughTime(ms, 'it'))).toEqual(['1 minuto', '5 ore', '2 giorni']);
  expect(roughTime(day, 'en')).toBe('1 day');
});

test('the day is the town’s', () => {
  expect(dayOf(Date.parse('2026-11-27T23:30:00Z'), 'Europe/Rome')).toBe('2026-11-28');
});

test('waiting has steps', () => {
  expect([0, hour, 5 * hour, 2 * day, 4 * day].map(waitStep)).toEqual([0, 1, 2, 3, 4]);
});

test.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1500, '1,5 KB'],
  [842_311, '842 KB'],
  [26_214_400, '26,2 MB'],
  [3_000_000_000, '3 GB'],
])('%i bytes are %s', (bytes, words) => {
  expect(size(bytes, 'it')).toBe(words);
});

describe('moments', () => {
  const it = new Moments('it', 'Europe/Rome');
  const now = Date.parse('2026-11-23T12:00:00Z');

  test('are those of the town, not of the browser', () => {
    expect(it.clock('2026-11-23T10:04:00Z')).toBe('11:04');
    expect(new Moments('en', 'Asia/Tokyo').clock('2026-11-23T10:04:00Z')).toBe('19:04');
  });

  test('are brief: the clock today, else the date, with the year when it is another', () => {
    expect(it.brief('2026-11-23T10:04:00Z', now)).toBe('11:04');
    expect(it.brief('2026-11-02T10:04:00Z', now)).toBe('2 nov');
    expect(it.brief('2025-11-02T10:04:00Z', now)).toBe('2 nov 2025');
  });

  test('change day at the town’s midnight, also when clocks change', () => {
    expect(it.sameDay('2026-11-22T23:30:00Z', now)).toBe(true);
    expect(it.sameDay('2026-11-22T22:30:00Z', now)).toBe(false);
    expect(it.clock('2026-10-25T00:30:00Z')).toBe('02:30');
    expect(it.clock('2026-10-25T01:30:00Z')).toBe('02:30');
  });
});
