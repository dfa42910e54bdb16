import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { segmentsOf, simplified, transliterated } from './segments';

interface Vector {
  text: string;
  repeat?: number;
  units: number;
  parts: number;
  forcing?: string;
  spelled?: string;
}

/** The table by which the adapter divides what it sends. */
const vectors = JSON.parse(
  readFileSync(new URL('../../../../adapters/internal/gsm/testdata/vectors.json', import.meta.url), 'utf8'),
) as Vector[];

test.each(vectors)('$text × $repeat counts as the adapter counts', ({ text, repeat = 1, units, parts, forcing, spelled }) => {
  const whole = text.repeat(repeat);
  expect(segmentsOf(whole)).toMatchObject({ units, parts, ...(forcing && { forcing }) });
  if (spelled) expect(transliterated(whole)).toBe(spelled.repeat(repeat));
});

test('letters lose the marks that the alphabet does not have', () => {
  expect(transliterated('façade São Žižka')).toBe('facade Sao Zizka');
  expect(transliterated('e\u0300 uno')).toBe('è uno');
  expect(transliterated('un sorriso 😀, l’altro')).toBe('un sorriso 😀, l’altro');
});

test('what has no spelling is left out on demand, and then all the room is there', () => {
  const text = 'Buone feste 🎄! L’ufficio È chiuso…';
  expect(segmentsOf(transliterated(text))).toMatchObject({ forcing: '🎄', room: 70 });
  expect(simplified(text)).toBe("Buone feste ! L'ufficio E' chiuso...");
  expect(segmentsOf(simplified(text))).toMatchObject({ parts: 1, room: 160 });
  expect(simplified('<p>pi\u00f9 <strong>t\u00e8</strong></p>')).toBe('<p>più <strong>tè</strong></p>');
});
