import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { TicketActs } from '@/api/schema.gen';
import { json } from '../../../fake/hub';
import { spoken } from '@/design/announce';
import { fakeHub, openPage } from '@/test/page';

const list = async () => within(await screen.findByLabelText('Elenco delle richieste'));
const boxes = async () => (await list()).findAllByLabelText(/^Seleziona 2026-/);
const bar = async () => within(await screen.findByLabelText('Azioni sulle richieste selezionate'));
const pick = async (user: ReturnType<typeof openPage>['user'], act: string, choice: string) => {
  await user.click((await bar()).getByText(act));
  await user.click(screen.getAllByText(choice).at(-1) as HTMLElement);
};

test('one act on those selected; what was refused is named and stays selected', async () => {
  const { hub, user } = openPage('/inbox/all?order=newest', fakeHub(9));
  const [first, second, third] = await boxes();
  await user.click(first as HTMLElement);
  await user.keyboard('{Shift>}');
  await user.click(third as HTMLElement);
  await user.keyboard('{/Shift}');
  expect(second).toBeChecked();
  expect((await bar()).getByText('3 selezionate')).toBeInTheDocument();
  await waitFor(() => expect(spoken.get().text).toBe('3 selezionate'));
  // A colleague is faster with the second.
  const number = second?.getAttribute('aria-label')?.match(/2026-\d+-\d/)?.[0] ?? '';
  hub.overrides.push(async ({ request, parts }) => {
    if (parts[1] !== 'acts') return undefined;
    const { tickets } = (await request.json()) as TicketActs;
    return json({ items: tickets.map((each) => ({ number: each.number, outcome: each.number === number ? 'stale' : 'done' })) });
  });
  await pick(user, 'Priorità', 'Urgente');
  const report = within((await screen.findAllByLabelText('1 richiesta non è cambiata'))[0] as HTMLElement);
  expect(report.getByRole('listitem')).toHaveTextContent(`${number} `);
  expect(report.getByRole('listitem')).toHaveTextContent(/Un collega l’ha modificata nel frattempo/);
  expect((await bar()).getByText('1 selezionata')).toBeInTheDocument();
  expect((await boxes()).filter((each) => (each as HTMLInputElement).checked)).toHaveLength(1);

  // Seen as it is now, it can be done.
  hub.overrides.length = 0;
  await pick(user, 'Priorità', 'Urgente');
  await waitFor(() => expect(spoken.get().text).toBe('Fatto: 1 richiesta'));
  expect(hub.find(number)?.ticket.priority).toBe(4);
  expect(screen.queryByLabelText('Azioni sulle richieste selezionate')).not.toBeInTheDocument();
});

test('an act is taken back from its notice or by key; what a colleague changed since is named', async () => {
  const { hub, user } = openPage('/inbox/all?order=newest', fakeHub(9));
  const numbers: string[] = [];
  for (const box of (await boxes()).slice(0, 3)) {
    numbers.push(box.getAttribute('aria-label')?.match(/2026-\d+-\d/)?.[0] ?? '');
    await user.click(box);
  }
  const ticket = (at: number) => hub.find(numbers[at] ?? '')?.ticket;
  const priorities = () => [0, 1, 2].map((at) => ticket(at)?.priority);
  const before = priorities();
  await pick(user, 'Priorità', 'Urgente');
  await waitFor(() => expect(spoken.get().text).toBe('Fatto: 3 richieste'));
  expect(priorities()).toEqual([4, 4, 4]);
  const second = ticket(1);
  if (second) second.version++;
  await user.keyboard('Z');
  const report = within((await screen.findAllByLabelText('1 richiesta non è tornata come prima'))[0] as HTMLElement);
  expect(report.getByRole('listitem')).toHaveTextContent(/Un collega l’ha modificata dopo/);
  expect(report.getByText(/^Annullato per 2/)).toBeInTheDocument();
  expect(priorities()).toEqual([before[0], 4, before[2]]);
});

test('who does not see what is selected stands behind the others with the reason, and cannot be picked', async () => {
  const { hub, user } = openPage('/inbox/all?order=newest', fakeHub(9));
  const [first] = await boxes();
  const number = first?.getAttribute('aria-label')?.match(/2026-\d+-\d/)?.[0] ?? '';
  await user.click(first as HTMLElement);
  await user.click((await bar()).getByText('Assegna'));
  const blind = await screen.findByRole('option', { name: /^Ilaria Costa/ });
  expect(blind).toHaveAttribute('aria-disabled', 'true');
  expect(screen.getAllByRole('option').at(-1)).toBe(blind);
  await user.type(screen.getByRole('combobox', { name: 'Cerca…' }), 'costa{Enter}');
  await waitFor(() => expect(spoken.get().text).toBe('Ilaria Costa: Non vede le richieste dell’ufficio'));
  expect(screen.getByRole('option')).toBe(blind);
  await user.clear(screen.getByRole('combobox', { name: 'Cerca…' }));
  await user.click(await screen.findByRole('option', { name: 'Sara Bruni' }));
  await waitFor(() => expect(hub.find(number)?.ticket.assignee?.name).toBe('Sara Bruni'));
});

test('what was so already is counted apart, and is not taken back', async () => {
  const { hub, user } = openPage('/inbox/all?order=newest', fakeHub(9));
  const tick = async (many: number) => {
    for (const box of (await boxes()).slice(0, many)) await user.click(box);
  };
  await tick(1);
  await pick(user, 'Priorità', 'Urgente');
  await waitFor(() => expect(spoken.get().text).toBe('Fatto: 1 richiesta'));
  await tick(3);
  await pick(user, 'Priorità', 'Urgente');
  await waitFor(() => expect(spoken.get().text).toBe('Fatto: 2 richieste. 1 era già così.'));
  const versions = hub.world.cases.map((each) => each.ticket.version);
  await tick(3);
  await pick(user, 'Priorità', 'Urgente');
  await waitFor(() => expect(spoken.get().text).toBe('Niente da cambiare: 3 richieste erano già così'));
  expect(hub.world.cases.map((each) => each.ticket.version)).toEqual(versions);
});

test('what has told another office is not taken back', async () => {
  const { user } = openPage('/inbox/all?order=newest', fakeHub(9));
  await user.click((await boxes())[0] as HTMLElement);
  await pick(user, 'Passa a', 'Polizia locale');
  await user.click(await screen.findByText('Passa'));
  await waitFor(() => expect(spoken.get().text).toBe('Fatto: 1 richiesta'));
  expect(within(screen.getByLabelText('Avvisi')).queryByText('Annulla')).not.toBeInTheDocument();
});

test('by keyboard: x selects the open one, Shift+X up to here, * all, Esc none', async () => {
  const { user } = openPage('/inbox/all?order=newest', fakeHub(9));
  await boxes();
  await user.keyboard('jx');
  expect((await bar()).getByText('1 selezionata')).toBeInTheDocument();
  await user.keyboard('jjX');
  expect((await bar()).getByText('3 selezionate')).toBeInTheDocument();
  await user.keyboard('*');
  expect((await bar()).getByRole('checkbox', { name: /^Seleziona tutte/ })).toBeChecked();
  await user.keyboard('{Escape}');
  expect(screen.queryByLabelText('Azioni sulle richieste selezionate')).not.toBeInTheDocument();
});

test('handing over takes a note for all', async () => {
  const { hub, user } = openPage('/inbox/all?order=newest', fakeHub(9));
  const [first, second] = await boxes();
  await user.click(first as HTMLElement);
  await user.click(second as HTMLElement);
  await pick(user, 'Passa a', 'Polizia locale');
  await user.type(await screen.findByLabelText(/Che cosa deve sapere/), 'Per competenza');
  await user.click(screen.getByText('Passa'));
  await waitFor(() => expect(spoken.get().text).toBe('Fatto: 2 richieste'));
  expect(
    hub.world.cases.filter((each) => each.ticket.office.name === 'Polizia locale' && each.ticket.version > 2).length,
  ).toBeGreaterThanOrEqual(2);
});

test('nobody selects who may not act', async () => {
  const hub = fakeHub(9);
  hub.world.me.actions = hub.world.me.actions.filter((each) => each !== 'ticket.update');
  openPage('/inbox/all', hub);
  await (await list()).findAllByRole('link');
  expect((await list()).queryByRole('checkbox')).not.toBeInTheDocument();
});
