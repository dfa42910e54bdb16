import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { addInbound } from '../../../fake/world';
import { type FakeHub, problem } from '../../../fake/hub';
import { preferences } from '@/app/preferences';
import { spoken } from '@/design/announce';
import { fakeHub, openPage } from '@/test/page';

const list = async () => within(await screen.findByRole('region', { name: 'Elenco delle richieste' }));
const rows = async () => (await list()).findAllByRole('link');
const names = async () => (await rows()).map((row) => row.textContent ?? '');

describe('the inbox', () => {
  test('shows who, what, the number, how long they have waited and whose it is', async () => {
    openPage('/inbox/mine?order=newest');
    const row = (await rows()).find((each) => each.textContent?.includes('notaio'));
    expect(row).toHaveTextContent(/Anna Bianchi/);
    expect(row).toHaveTextContent(/2026-004200-4/);
    expect(row).toHaveTextContent(/aspetta da 40 min/);
    expect(within(row as HTMLElement).getByRole('img', { name: 'E-mail' })).toBeInTheDocument();
    expect(within(row as HTMLElement).getByTitle('Lucia Ferri')).toHaveTextContent('LF');
  });

  test('keeps only the rows in sight in the page, of ten thousand', async () => {
    openPage('/inbox/all', fakeHub(3000));
    expect((await rows()).length).toBeLessThan(40);
    expect((await list()).getByText('50+')).toBeInTheDocument();
  });

  test('moves with j and k, and the address follows', async () => {
    const { user, router } = openPage('/inbox/mine?order=newest');
    await rows();
    await user.keyboard('j');
    await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/inbox\/mine\/2026-/));
    const first = router.state.location.pathname;
    await user.keyboard('j');
    await waitFor(() => expect(router.state.location.pathname).not.toBe(first));
    await user.keyboard('k');
    await waitFor(() => expect(router.state.location.pathname).toBe(first));
    await user.keyboard('u');
    await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/mine'));
  });

  test('single keys do nothing when switched off', async () => {
    const { user, router } = openPage('/inbox/mine');
    await rows();
    preferences.set((before) => ({ ...before, singleKeys: false }));
    await user.keyboard('jj');
    expect(router.state.location.pathname).toBe('/inbox/mine');
  });

  test('two keys in a row go to another queue', async () => {
    const { user, router } = openPage('/inbox/mine');
    await rows();
    await user.keyboard('gv');
    await waitFor(() => expect(router.state.location.pathname).toBe('/quarantine'));
  });

  test('keeps its filters in the address', async () => {
    const { user, router } = openPage('/inbox/all?status=closed');
    await rows();
    await user.click((await list()).getByRole('button', { name: /Stato|Chiusa/ }));
    await user.click(screen.getByRole('option', { name: 'Risolta' }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ status: ['resolved'] }));
    await user.type((await list()).getByRole('textbox', { name: 'Numero' }), '99999');
    expect(await screen.findByText('Nessuna richiesta con questi filtri')).toBeInTheDocument();
    await user.click((await list()).getAllByRole('button', { name: 'Togli i filtri' })[0] as HTMLElement);
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });

  test('says calmly that there is nothing', async () => {
    const hub = fakeHub(6);
    hub.world.cases.length = 0;
    openPage('/inbox/unassigned', hub);
    expect(await screen.findByText('Tutte assegnate')).toBeInTheDocument();
  });

  test('a list that cannot be loaded says why and can be tried again', async () => {
    const hub = fakeHub();
    hub.overrides.push(({ parts }) => (parts[0] === 'tickets' && parts.length === 1 ? problem(500, 'internal') : undefined));
    const { user } = openPage('/inbox/all', hub);
    expect(await screen.findByText(/Errore imprevisto del server/)).toBeInTheDocument();
    expect(screen.getByText(/req-7f3a/)).toBeInTheDocument();
    hub.overrides.length = 0;
    await user.click(screen.getByRole('button', { name: 'Riprova' }));
    expect((await rows()).length).toBeGreaterThan(0);
  });
});

describe('what arrives while the page is open', () => {
  const arrive = (hub: FakeHub) => {
    const it = hub.world.cases.at(-1);
    if (!it) throw new Error('no case');
    it.ticket.status = 'open';
    it.ticket.contact = { id: 'x', name: 'Nuova Cittadina' };
    it.ticket.created_at = new Date(Date.now() + 1000).toISOString();
    delete it.ticket.assignee;
    act(() => {
      addInbound(hub.world, it, 'Buongiorno', Date.now());
      hub.changed(it.ticket.number);
    });
  };

  test('is shown at once, and spoken, while nobody uses the list', async () => {
    const { hub } = openPage('/inbox/unassigned?order=newest');
    await rows();
    await screen.findByText('In diretta');
    arrive(hub);
    await waitFor(async () => expect((await names())[0]).toContain('Nuova Cittadina'));
    expect(spoken.get().text).toContain('Nuova richiesta da Nuova Cittadina');
  });

  test('moves nothing under the pointer: it is counted, and shown when asked for', async () => {
    const { hub, user } = openPage('/inbox/unassigned?order=newest');
    const [first] = await rows();
    await screen.findByText('In diretta');
    fireEvent.pointerEnter(screen.getByRole('region', { name: 'Elenco delle richieste' }));
    arrive(hub);
    const held = await screen.findByRole('button', { name: /1 novità · mostra/ });
    expect((await names())[0]).toBe(first?.textContent);
    await user.click(held);
    await waitFor(async () => expect((await names())[0]).toContain('Nuova Cittadina'));
  });

  test('costs one question for its row and opens nothing', async () => {
    const { hub } = openPage('/inbox/unassigned?order=newest');
    await rows();
    await screen.findByText('In diretta');
    hub.heard.length = 0;
    arrive(hub);
    await waitFor(async () => expect((await names())[0]).toContain('Nuova Cittadina'));
    expect(hub.heard.filter((each) => each === 'GET /tickets')).toHaveLength(1);
    expect(hub.heard.filter((each) => /^GET \/tickets\/2026-/.test(each))).toEqual([]);
  });
});

test('the palette finds a ticket by its sequence and runs commands', async () => {
  const { user, router } = openPage('/inbox/mine');
  await rows();
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox', { name: 'Cerca o comanda' }), '4200');
  expect(await screen.findByRole('option', { name: /Certificato di residenza/ })).toBeInTheDocument();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/all/2026-004200-4'));
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox', { name: 'Cerca o comanda' }), 'impost');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/settings'));
});
