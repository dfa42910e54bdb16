import { expect, test } from 'vitest';
import type { Message } from '@/api/schema.gen';
import { newerThan } from './newer';

const message = (id: string, direction: Message['direction'], more: Partial<Message> = {}) =>
  ({ id, direction, automatic: false, ...more }) as Message;
const me = 'me';

test('words of the citizen and of a colleague hold a reply back', () => {
  const all = [message('1', 'inbound'), message('2', 'inbound'), message('3', 'outbound', { author: { id: 'other', name: 'Altro' } })];
  expect(newerThan(all, '1', me).map((each) => each.id)).toEqual(['2', '3']);
});

test('notes, automatic messages of ours and own replies do not', () => {
  const all = [
    message('1', 'inbound'),
    message('2', 'note'),
    message('3', 'outbound', { automatic: true }),
    message('4', 'outbound', { author: { id: me, name: 'Io' } }),
  ];
  expect(newerThan(all, '1', me)).toEqual([]);
});

test('without a mark nothing is newer; a mark older than what is loaded makes all newer', () => {
  const all = [message('1', 'inbound')];
  expect(newerThan(all, undefined, me)).toEqual([]);
  expect(newerThan(all, 'long ago', me)).toHaveLength(1);
});
