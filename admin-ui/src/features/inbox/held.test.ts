import { describe, expect, test } from 'vitest';
import type { TicketSummary } from '@/api/schema.gen';
import { arrange } from './held';

const rows = (letters: string, version = 1) => [...letters].map((number) => ({ number, version }) as TicketSummary);
const letters = (shown: readonly TicketSummary[]) => shown.map((row) => row.number).join('');

describe('while nobody uses the list', () => {
  test('everything is shown as it is', () => {
    expect(arrange(rows('abc'), rows('xcab'), false)).toEqual({ rows: rows('xcab'), held: 0 });
  });
});

describe('while the list is used', () => {
  test('a new row above is held back and counted', () => {
    const { rows: shown, held } = arrange(rows('abc'), rows('xabc'), true);
    expect(letters(shown)).toBe('abc');
    expect(held).toBe(1);
  });

  test('known rows keep their places with fresh content', () => {
    const { rows: shown } = arrange(rows('abc'), rows('cab', 2), true);
    expect(letters(shown)).toBe('abc');
    expect(shown.every((row) => row.version === 2)).toBe(true);
  });

  test('a row that left stays until released', () => {
    expect(letters(arrange(rows('abc'), rows('ac'), true).rows)).toBe('abc');
  });

  test('the next page is added at the end', () => {
    const { rows: shown, held } = arrange(rows('abc'), rows('abcdef'), true);
    expect(letters(shown)).toBe('abcdef');
    expect(held).toBe(0);
  });

  test('another list altogether is shown at once', () => {
    expect(letters(arrange(rows('abc'), rows('xyz'), true).rows)).toBe('xyz');
  });

  test('the first rows are shown at once', () => {
    expect(letters(arrange([], rows('ab'), true).rows)).toBe('ab');
  });
});
