import { expect, it } from 'vitest';
import { begun, blank, type Draft } from './draft';
import { drop, keep, readKept } from './kept';

const written: Draft = { ...blank, way: 'counter', office: 'urp', then: 'answered', outcome: 'answered_first_level', text: 'Orari' };

it('a visit is kept for the working day of its writer, with the key it was sent under', () => {
  keep('sara', { draft: written, sent: { content: '{}', key: 'k' } });
  expect(begun(written)).toBe(true);
  expect(readKept('sara')).toMatchObject({ draft: written, sent: { key: 'k' } });
  expect(readKept('anna')).toBeUndefined();
  expect(readKept('sara', Date.now() + 13 * 60 * 60_000)).toBeUndefined();
  drop('sara');
  expect(readKept('sara')).toBeUndefined();
});
