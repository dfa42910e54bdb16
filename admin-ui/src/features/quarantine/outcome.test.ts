import { expect, test } from 'vitest';
import { linesOf, sheet } from './outcome';

test('an item is named by the answer, else by what the page shows of it', () => {
  const item = { id: 'a', from: 'ada@posta.example', subject: 'Buche' } as never;
  expect(
    linesOf(
      [
        { id: 'a', state: 'retrying' },
        { id: 'b', subject: 'Novità', problem: 'unreadable' },
      ],
      [item],
    ),
  ).toEqual([
    { id: 'a', from: 'ada@posta.example', subject: 'Buche', problem: undefined, ticket: undefined },
    { id: 'b', from: undefined, subject: 'Novità', problem: 'unreadable', ticket: undefined },
  ]);
});

test('what strangers wrote is text in a spreadsheet, never a formula', async () => {
  const text = await sheet(['Mittente', 'Oggetto'], [['=cmd|x', 'dice "sì"; forse']]).text();
  expect(text).toContain('"Mittente";"Oggetto"\r\n"\'=cmd|x";"dice ""sì""; forse"\r\n');
});
