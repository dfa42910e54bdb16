import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { OfficeDetail, Person, PersonReturns } from '@/api/schema.gen';
import { json } from '../../../fake/hub';
import { fakeHub, openPage } from '@/test/page';

/** A hub with one colleague, of whom so much goes back; it hears what is asked and done. */
function staff(returns: PersonReturns | number, language: 'it' | 'en' = 'it') {
  const hub = fakeHub(3);
  hub.world.me.language = language;
  hub.world.me.actions.push('office.manage', 'people.manage');
  const [, { id, name }] = hub.world.operators as [unknown, { id: string; name: string }];
  const [office] = hub.world.offices.map((each) => each.id) as [string];
  const person: Person = {
    id,
    name,
    login: 'davide',
    role: 'back_office',
    offices: [office],
    active: true,
    has_password: true,
    second_factor: false,
    sessions: 0,
  };
  const detail: OfficeDetail = {
    version: 1,
    entry: {
      id: office,
      name: 'Anagrafe',
      mine: true,
      active: true,
      confidential: false,
      members: 1,
      open_tickets: 3,
      open_now: true,
      hours_today: [],
    },
    town_reopen_days: 30,
    people: [person],
    channels: [],
  };
  const asked: string[] = [];
  const done: unknown[] = [];
  hub.overrides.push(async ({ request, url, parts: [first, , third] }) => {
    if (third === 'returns') {
      asked.push(url.search);
      return typeof returns === 'number' ? new Response('{}', { status: returns }) : json(returns);
    }
    if (first === 'offices' && request.method === 'DELETE') done.push('dismissed');
    if (first === 'offices' && (third === 'members' || (url.pathname.endsWith(office) && request.method === 'GET'))) return json(detail);
    if (first === 'offices' && third) return new Response('{}', { status: 500 });
    if (first !== 'people') return undefined;
    if (request.method === 'PATCH') done.push(await request.json());
    return json(request.method === 'GET' ? { items: [person] } : person);
  });
  return { hub, office, asked, done };
}

const dialog = async () => within(await screen.findByRole('dialog', {}, { timeout: 5000 }));
const notices = () => screen.getByRole('region', { name: /Avvisi|Notices/ });

test.each([
  {
    language: 'it',
    requests: 0,
    said: 'Nessuna richiesta aperta di Davide Rinaldi torna in coda.',
    told: 'Davide Rinaldi non ha più accesso',
  },
  {
    language: 'it',
    requests: 1,
    said: /^Una richiesta aperta assegnata a Davide Rinaldi torna nella coda/,
    told: 'Davide Rinaldi non ha più accesso. Una richiesta torna in coda, e non si può annullare',
  },
  {
    language: 'it',
    requests: 12_000,
    said: /^12\.000 richieste aperte assegnate a Davide Rinaldi tornano/,
    told: /12\.000 richieste tornano in coda, e non si può annullare/,
  },
  {
    language: 'en',
    requests: 0,
    said: 'No open request of Davide Rinaldi goes back to the queue.',
    told: 'Davide Rinaldi has no access any more',
  },
  {
    language: 'en',
    requests: 1,
    said: /^One open request assigned to Davide Rinaldi goes back/,
    told: /One request goes back to the queue, which cannot be undone/,
  },
  {
    language: 'en',
    requests: 12_000,
    said: /^12,000 open requests assigned to Davide Rinaldi go back/,
    told: /12,000 requests go back to the queue, which cannot be undone/,
  },
] as const)('who loses access: $requests in $language is told before and after', async ({ language, requests, said, told }) => {
  const { hub, done, asked } = staff({ requests, unseen: false }, language);
  const { user } = openPage('/people', hub);
  await user.click(await screen.findByRole('button', { name: /^(Togli l’accesso a|Take access away from) Davide/ }));
  const asks = await dialog();
  await asks.findByText(said);
  expect(asks.queryAllByText(/Non si può annullare|This cannot be undone/)).toHaveLength(requests > 0 ? 1 : 0);
  expect(asked).toEqual(['?active=false']);
  expect(done).toEqual([]);
  await user.click(asks.getByRole('button', { name: /^(Togli l’accesso|Take access away)$/ }));
  await within(notices()).findByText(told);
  expect(done).toEqual([{ active: false }]);
});

test('who is taken out of an office: what cannot be counted is said, and cancelling leaves all as it is', async () => {
  const { hub, office, asked, done } = staff({ requests: 2, unseen: true });
  const { user } = openPage(`/offices/${office}`, hub);
  const button = await screen.findByRole('button', { name: 'Togli Davide Rinaldi dall’ufficio' });
  await user.click(button);
  const asks = await dialog();
  await asks.findByText(/^2 richieste aperte assegnate a Davide Rinaldi/);
  asks.getByText(/^Si aggiungono quelle degli uffici riservati/);
  expect(asked).toEqual([`?leave=${office}`]);
  await user.click(asks.getByRole('button', { name: 'Annulla' }));
  expect(done).toEqual([]);
  expect(button).toHaveFocus();
  await user.click(button);
  await user.click(await (await dialog()).findByRole('button', { name: 'Togli dall’ufficio' }));
  await within(notices()).findByText(/non fa più parte dell’ufficio\. 2 richieste tornano in coda/);
  expect(done).toEqual(['dismissed']);
});

test('a role or office that somebody gives up says the same before it is saved; what fails to be counted does not stop it', async () => {
  const { hub, office, asked, done } = staff(500);
  const { user } = openPage('/people', hub);
  await user.click(await screen.findByRole('button', { name: 'Modifica Davide Rinaldi' }));
  const form = await dialog();
  const box = await form.findByRole('checkbox', { name: 'Anagrafe e Stato civile' });
  expect(form.queryByRole('status')).not.toBeInTheDocument();
  await user.click(box);
  await form.findByText(/^Non si riesce a contare le richieste aperte di Davide Rinaldi/);
  await user.click(box);
  expect(form.queryByRole('status')).not.toBeInTheDocument();
  await user.selectOptions(form.getByRole('combobox'), 'Revisore');
  await form.findByText(/^Non si riesce a contare/);
  expect(asked.at(-1)).toBe('?role=auditor');
  await user.click(form.getByRole('button', { name: 'Salva' }));
  await within(notices()).findByText('Davide Rinaldi: modifiche salvate');
  expect(done).toEqual([{ offices: [office], role: 'auditor' }]);
});

test('among many offices those that somebody has stand first, and the others are found by name', async () => {
  const { hub, office } = staff(0);
  const more = Array.from({ length: 20 }, (_, n) => ({ id: `office-${n}`, name: `A${n} quartiere`, mine: false, workable: true }));
  hub.world.offices.unshift(...more);
  const { user } = openPage('/people', hub);
  await user.click(await screen.findByRole('button', { name: 'Modifica Davide Rinaldi' }));
  const form = await dialog();
  const boxes = await form.findAllByRole('checkbox');
  expect(boxes[0]).toBeChecked();
  expect(boxes[0]).toHaveAccessibleName(hub.world.offices.find((each) => each.id === office)?.name);
  await user.type(form.getByRole('searchbox', { name: 'Cerca un ufficio' }), 'a7 quart{Enter}');
  expect(form.getAllByRole('checkbox')).toHaveLength(1);
  expect(form.getByRole('checkbox')).toHaveAccessibleName('A7 quartiere');
});
