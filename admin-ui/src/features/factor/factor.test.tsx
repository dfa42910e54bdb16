import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fakeHub, openPage } from '@/test/page';

function signedOut() {
  const hub = fakeHub();
  hub.signedIn = false;
  return hub;
}

async function typePassword(user: ReturnType<typeof openPage>['user'], login: string) {
  await user.type(await screen.findByLabelText('Nome utente'), login);
  await user.type(screen.getByLabelText('Password'), 'valdoria{Enter}');
}

test('signing in asks for the code in a second step, and keeps asking after a wrong one', async () => {
  const { user, router } = openPage('/sign-in', signedOut());
  await typePassword(user, 'marco');
  const code = await screen.findByLabelText('Codice a 6 cifre');
  expect(code).toHaveFocus();
  expect(code).toHaveAttribute('autocomplete', 'one-time-code');
  await user.type(code, '999999{Enter}');
  await waitFor(() => expect(code).toHaveAccessibleDescription(/Il codice non è giusto/));
  await user.click(screen.getByRole('button', { name: /Usa un codice di recupero/ }));
  await user.type(screen.getByLabelText('Codice di recupero'), 'k3qw-7rta-m4xe-pz3h{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/mine'));
});

test('a sign-in that took too long begins again with the password', async () => {
  const { user } = openPage('/sign-in', signedOut());
  await typePassword(user, 'marco');
  await user.type(await screen.findByLabelText('Codice a 6 cifre'), '000000{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('accedi di nuovo con la password');
  expect(screen.getByLabelText('Password')).toBeInTheDocument();
});

test('who must have a second factor sets it up on the way in', async () => {
  const { user, router } = openPage('/sign-in', signedOut());
  await typePassword(user, 'anna');
  await user.click(await screen.findByRole('button', { name: 'Imposta ora' }));
  expect(await screen.findByRole('img', { name: 'Codice QR per l’app di autenticazione' })).toBeInTheDocument();
  await user.type(screen.getByLabelText('Codice a 6 cifre'), '123456{Enter}');
  expect(await screen.findByText('k0qw-7rta-m4xe-pz0h')).toBeInTheDocument();
  expect(router.state.location.pathname).toBe('/sign-in');
  await user.click(screen.getByRole('button', { name: 'Li ho salvati' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/mine'));
});

test('the settings turn it on and off', async () => {
  const { user } = openPage('/settings', fakeHub());
  await user.click(await screen.findByRole('button', { name: 'Attiva la verifica' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText('Password attuale'), 'sbagliata{Enter}');
  expect(await dialog.findByText('La password attuale non è corretta.')).toBeInTheDocument();
  await user.clear(dialog.getByLabelText('Password attuale'));
  await user.type(dialog.getByLabelText('Password attuale'), 'valdoria{Enter}');
  await user.type(await screen.findByLabelText('Codice a 6 cifre'), '123456{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Li ho salvati' }));
  expect(await screen.findByText(/Restano 10 codici di recupero/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Disattiva' }));
  const last = within(await screen.findByRole('dialog'));
  await user.type(last.getByLabelText('Password attuale'), 'valdoria');
  await user.type(last.getByLabelText('Codice a 6 cifre'), '123456');
  await user.click(last.getByRole('button', { name: 'Disattiva' }));
  expect(await screen.findByText(/basta la password/)).toBeInTheDocument();
});
