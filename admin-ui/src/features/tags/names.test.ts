import { expect, test } from 'vitest';
import type { Tag } from '@/api/schema.gen';
import { isNew, offered } from './names';

const tag = (id: string, name: string, retired = false): Tag => ({ id, name, retired, colour: 'grey' });
const all = [tag('a', 'Città Vecchia'), tag('b', 'Neve'), tag('c', 'Elezioni', true)];

test('what is offered is not there yet, in use, and has what was typed in its name', () => {
  expect(offered(all, [], '').map((each) => each.id)).toEqual(['a', 'b']);
  expect(offered(all, ['b'], '').map((each) => each.id)).toEqual(['a']);
  expect(offered(all, [], 'citta').map((each) => each.id)).toEqual(['a']);
});

test('spaces, capitals and accents make no other tag', () => {
  expect(isNew(all, '  citta   VECCHIA ')).toBe(false);
  expect(isNew(all, 'elezioni')).toBe(false);
  expect(isNew(all, 'Ghiaccio')).toBe(true);
  expect(isNew(all, '   ')).toBe(false);
});
