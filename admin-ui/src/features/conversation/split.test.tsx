import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { spoken } from '@/design/announce';
import { fakeHub, openPage } from '@/test/page';

const number = '2026-004200-4';
const address = `/inbox/mine/${number}?order=newest`;

test('a letter about something else becomes a request of its own, and back', async () => {
  const { user, hub } = openPage(address);
  const changed = await screen.findByText('Oggetto cambiato: «R: Iscrizione alla mensa scolastica»');
  const letter = changed.closest('article') as HTMLElement;
  await user.click(within(letter).getByRole('button', { name: 'Separa in una nuova richiesta' }));
  await waitFor(() => expect(spoken.get().text).toMatch(/^Messaggio spostato nella nuova richiesta 2026-00900/));
  expect(await screen.findByText(/Da qui è stata separata la/)).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByText(/Oggetto cambiato/)).toBeNull());
  expect(hub.find(number)?.messages.some((each) => each.text.includes('mensa'))).toBe(false);
  await user.click(screen.getByRole('button', { name: 'Annulla' }));
  await waitFor(() => expect(hub.find(number)?.ticket.joined).toHaveLength(1));
  expect(hub.find(number)?.messages.some((each) => each.text.includes('mensa'))).toBe(true);
});

test('any letter of a person can be split off, unless it is the only one', async () => {
  const { user, hub, unmount } = openPage(address);
  const letter = await screen.findByRole('article', { name: 'Messaggio ricevuto: Carlo Rinaldi' });
  await user.click(within(letter).getByRole('button', { name: 'Separa in una nuova richiesta' }));
  await waitFor(() => expect(hub.find(number)?.messages.some((each) => each.from.name === 'Carlo Rinaldi')).toBe(false));
  unmount();
  const alone = hub.world.cases.find((each) => each.messages.filter((one) => one.direction === 'inbound').length === 1);
  openPage(`/inbox/all/${alone?.ticket.number ?? ''}`, hub);
  await screen.findAllByRole('article', { name: /Messaggio ricevuto/ });
  expect(screen.queryByRole('button', { name: 'Separa in una nuova richiesta' })).toBeNull();
});

test('whoever may not split is not offered it', async () => {
  const hub = fakeHub();
  hub.world.me.actions = hub.world.me.actions.filter((each) => each !== 'ticket.split');
  openPage(address, hub);
  await screen.findByText('Oggetto cambiato: «R: Iscrizione alla mensa scolastica»');
  expect(screen.queryByRole('button', { name: 'Separa in una nuova richiesta' })).toBeNull();
});

test('the check of a sender is told in words, method by method', async () => {
  const { user } = openPage(address);
  const stranger = await screen.findByRole('article', { name: 'Messaggio ricevuto: Carlo Rinaldi' });
  const verdict = within(stranger).getByRole('button', { name: 'Mittente non verificato' });
  expect(verdict).toHaveAttribute('aria-expanded', 'false');
  await user.click(verdict);
  const check = within(stranger).getByRole('group', { name: 'Controllo del mittente' });
  expect(within(check).getByText('quasi certamente non autorizzato')).toBeInTheDocument();
  expect(within(check).getByText('non previsto dal mittente')).toBeInTheDocument();
  expect(within(check).getByText(/mx\.comune\.valdoria/)).toBeInTheDocument();
  expect(screen.getAllByRole('button', { name: 'Mittente verificato (DMARC)' }).length).toBeGreaterThan(0);
});

test('a link to another request says what it is', async () => {
  openPage(address);
  const links = await screen.findByRole('list', { name: 'Richieste collegate' });
  expect(within(links).getByText(/^Continua/)).toBeInTheDocument();
  expect(within(links).getByRole('link')).toHaveAttribute('href', expect.stringMatching(/\/inbox\/all\/2026-/));
});

test('a person says who the citizen of a forwarded letter is', async () => {
  const hub = fakeHub();
  const it = hub.world.cases[4];
  const { user } = openPage(`/inbox/attention/${it?.ticket.number ?? ''}`, hub);
  const offer = await screen.findByRole('region', { name: 'Chi è il cittadino?' });
  expect(within(offer).getByText(/Segreteria del Sindaco <segreteria@/)).toBeInTheDocument();
  await user.click(within(offer).getByRole('button', { name: 'Il cittadino è Maria Verdi' }));
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Chi è il cittadino?' })).toBeNull());
  expect(it?.ticket.contact?.name).toBe('Maria Verdi');
  expect(spoken.get().text).toBe('Ora il cittadino è Maria Verdi.');
});

test('an administrator decides for how long letters reopen', async () => {
  const { user, hub } = openPage('/settings');
  const town = await screen.findByRole('textbox', { name: 'Giorni entro cui una risposta riapre una richiesta chiusa' });
  await user.clear(town);
  expect(await screen.findByText('Serve un numero da 0 a 3650.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Salva le regole' })).toBeDisabled();
  await user.type(town, '14');
  await user.type(screen.getByRole('textbox', { name: 'Giorni per Ufficio Tributi' }), '0');
  await user.click(screen.getByRole('button', { name: 'Salva le regole' }));
  await waitFor(() => expect(hub.heard).toContain('PUT /mail-policy'));
  expect(await screen.findByText('Regole salvate')).toBeInTheDocument();
});
