import { screen, waitFor } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { problem } from '../../../fake/hub';
import { fakeHub, openPage } from '@/test/page';

function signedOut() {
  const hub = fakeHub();
  hub.signedIn = false;
  return hub;
}

describe('signing in', () => {
  test('leads to where one wanted to go', async () => {
    const { user, router } = openPage('/quarantine', signedOut());
    expect(await screen.findByText('Comune di Valdoria')).toBeInTheDocument();
    expect(screen.getByLabelText('Nome utente')).toHaveFocus();
    await user.type(screen.getByLabelText('Nome utente'), 'lucia');
    await user.type(screen.getByLabelText('Password'), 'valdoria{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/quarantine'));
    expect(await screen.findByText('Lucia Ferri')).toBeInTheDocument();
  });

  test.each(['//evil.example', 'https://evil.example/x', '/\\evil.example'])('never leads away to %s', async (next) => {
    const { user, router } = openPage(`/sign-in?next=${encodeURIComponent(next)}`, signedOut());
    await user.type(await screen.findByLabelText('Nome utente'), 'lucia');
    await user.type(screen.getByLabelText('Password'), 'valdoria{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/mine'));
  });

  test('refused keeps what was typed and says what to check', async () => {
    const { user } = openPage('/sign-in', signedOut());
    await user.type(await screen.findByLabelText('Nome utente'), 'lucia');
    await user.type(screen.getByLabelText('Password'), 'sbagliata{Enter}');
    expect(await screen.findByText(/Nome utente o password non corretti/)).toBeInTheDocument();
    expect(screen.getByLabelText('Nome utente')).toHaveValue('lucia');
    expect(screen.getByLabelText('Password')).toHaveValue('sbagliata');
  });

  test('after too many tries waits as long as the hub says', async () => {
    const { user } = openPage('/sign-in', signedOut());
    await user.type(await screen.findByLabelText('Nome utente'), 'lucia');
    await user.type(screen.getByLabelText('Password'), 'troppi{Enter}');
    expect(await screen.findByText(/Puoi riprovare tra 2\d s/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Accedi' })).toBeDisabled();
  });

  test('names the field that is empty', async () => {
    const { user, hub } = openPage('/sign-in', signedOut());
    await user.click(await screen.findByRole('button', { name: 'Accedi' }));
    expect(screen.getByLabelText('Nome utente')).toHaveAccessibleDescription(/Scrivi il tuo nome utente/);
    expect(screen.getByLabelText('Nome utente')).toHaveFocus();
    expect(hub.heard).not.toContain('POST /session');
  });
});

test('a hub that does not answer is said, with a way to try again', async () => {
  const hub = fakeHub();
  hub.overrides.push(({ parts }) => (parts[0] === 'me' ? problem(503, 'unavailable') : undefined));
  openPage('/', hub);
  expect(await screen.findByText(/Il servizio è momentaneamente occupato/, undefined, { timeout: 9000 })).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Riprova' })).toBeInTheDocument();
});
