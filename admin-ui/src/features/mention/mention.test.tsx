import { render, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import userEvent from '@testing-library/user-event';
import type { Mentionable } from '@/api/schema.gen';
import '@/i18n';
import { fakeHub, openPage } from '@/test/page';
import { mentionsIn } from './mentions';
import { askedFor, offered } from './offered';
import { Offers } from './Offers';

const all: Mentionable[] = [
  { operator_id: 'l', name: 'Luca D’Alì', sees: true },
  { operator_id: 'm', name: 'Marta Lucchi', sees: false },
  { office_id: 't', name: 'Ufficio Tributi', sees: true },
];

test.each([
  ['@', ''],
  ['Sentiamo @lu', 'lu'],
  ['(@Anna Maria', 'Anna Maria'],
  ['luca@comune', undefined],
  ['@luca  poi', undefined],
  ['@luca, poi', undefined],
  ['\ufffc@d’a', 'd’a'],
])('behind %j stands the name %j', (before, asked) => {
  expect(askedFor(before)).toBe(asked);
});

test.each([
  ['', ['Luca D’Alì', 'Ufficio Tributi', 'Marta Lucchi']],
  ['lu', ['Luca D’Alì', 'Marta Lucchi']],
  ['ali', ['Luca D’Alì']],
  ['trib uff', ['Ufficio Tributi']],
  ['zeno', []],
])('%j finds %j, who does not see the ticket last', (asked, names) => {
  expect(offered(all, asked).map((each) => each.name)).toEqual(names);
});

test('the text carries whom it names, each once', () => {
  const html =
    '<p><strong data-operator="l">@Luca</strong> e <strong data-office="t">@Tributi</strong>, <strong data-operator="l">@Luca</strong> <strong>data-office</strong></p>';
  expect(mentionsIn(html)).toEqual([{ operator_id: 'l' }, { office_id: 't' }]);
  expect(mentionsIn(undefined)).toEqual([]);
});

/** A field to write in, with the list at it. */
function Field({ onPick, onClose }: { onPick: (picked: Mentionable) => void; onClose: () => void }) {
  const [host, setHost] = useState<HTMLElement | null>(null);
  return (
    <>
      <div ref={setHost} role="textbox" aria-label="Nota" aria-multiline="true" tabIndex={0} />
      {host && <Offers host={host} at={{ left: 0, top: 0, bottom: 0 }} found={offered(all, '')} onPick={onPick} onClose={onClose} />}
    </>
  );
}

test('the list at the caret is gone through by keys, and who does not see the request is not taken', async () => {
  const user = userEvent.setup();
  const [onPick, onClose] = [vi.fn(), vi.fn()];
  const view = render(<Field onPick={onPick} onClose={onClose} />);
  const field = screen.getByRole('combobox', { name: 'Nota' });
  field.focus();
  const active = () => document.getElementById(field.getAttribute('aria-activedescendant') ?? '');
  expect(active()).toHaveTextContent('Luca D’Alì');
  await user.keyboard('{ArrowDown}{Enter}');
  expect(onPick).toHaveBeenLastCalledWith(all[2]);
  await user.keyboard('{ArrowDown}{Enter}');
  expect(active()).toHaveTextContent('Marta LucchiNon vede la richiesta');
  expect(active()).toHaveAttribute('aria-disabled', 'true');
  await user.click(screen.getByRole('option', { name: /Marta Lucchi/ }));
  expect(onPick).toHaveBeenCalledTimes(1);
  await user.keyboard('{ArrowDown}{Enter}{Escape}');
  expect(onPick).toHaveBeenLastCalledWith(all[0]);
  expect(onClose).toHaveBeenCalledOnce();
  view.rerender(<div role="textbox" aria-label="Nota" />);
  expect(screen.getByRole('textbox', { name: 'Nota' })).not.toHaveAttribute('aria-expanded');
});

test('mentions are listed, the one opened is read, and all can be marked', async () => {
  const read: unknown[] = [];
  const hub = fakeHub();
  const [one, two] = hub.world.cases;
  const items = [one, two].map((each, index) => ({
    id: `0190c9b0-0000-7000-8000-00000000000${index}`,
    ticket: each?.ticket.number ?? '',
    subject: 'Oggetto',
    message_id: 'm',
    excerpt: `Nota ${index}`,
    by: { id: 'l', name: 'Luca D’Alì' },
    at: new Date().toISOString(),
    read: false,
  }));
  hub.overrides.push(async ({ request, parts }) => {
    if (parts[0] !== 'mentions') return undefined;
    if (request.method === 'GET') return Response.json({ items });
    read.push(await request.json());
    return new Response(null, { status: 204 });
  });
  const { user } = openPage('/mentions', hub);
  await user.click(await screen.findByRole('link', { name: /Nota 0/ }, { timeout: 10_000 }));
  await vi.waitFor(() => expect(read).toEqual([{ id: items[0]?.id }]));
  await user.click(screen.getByRole('button', { name: 'Segna tutte come lette' }));
  await vi.waitFor(() => expect(read[1]).toEqual({ until: items[0]?.id }));
});

test('of a request that is out of sight now the number is said, and nothing is opened', async () => {
  const hub = fakeHub();
  const item = {
    id: '0190c9b0-0000-7000-8000-000000000000',
    ticket: '2026-000777-1',
    lost: true,
    subject: '',
    excerpt: '',
    at: new Date().toISOString(),
    read: false,
  };
  const asked: string[] = [];
  hub.overrides.push(({ request, parts }) => {
    asked.push(parts.join('/'));
    if (parts[0] !== 'mentions') return undefined;
    return request.method === 'GET' ? Response.json({ items: [item] }) : new Response(null, { status: 204 });
  });
  const { user } = openPage('/mentions', hub);
  await user.click(await screen.findByRole('link', { name: /Non la vedi più.*2026-000777-1/ }, { timeout: 10_000 }));
  expect(await screen.findByRole('heading', { name: 'La richiesta 2026-000777-1 è ora di un ufficio riservato' })).toBeInTheDocument();
  await vi.waitFor(() => expect(asked).toContain('mentions/read'));
  expect(asked.filter((each) => each.startsWith('tickets/2026-000777'))).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Indietro' }));
  expect(screen.queryByRole('heading', { name: /è ora di un ufficio riservato/ })).not.toBeInTheDocument();
});
