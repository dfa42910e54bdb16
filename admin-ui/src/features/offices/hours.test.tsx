import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { Calendar, TownCalendar } from '@/api/schema.gen';
import { fakeHub, openPage } from '@/test/page';

const town: TownCalendar = {
  version: 'a',
  hours: [{ day: 'monday', from: '09:00', to: '13:00' }],
  holidays: true,
  patron: '09-21',
  closures: [],
};

/** The page of the town's hours, before a hub that tells who comes second; the answers given, if any, come first. */
function openHours(...answers: ((sent: TownCalendar) => Response)[]) {
  const hub = fakeHub();
  hub.world.me.actions.push('office.manage');
  const sent: TownCalendar[] = [];
  let kept = town;
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), location.origin), init);
    const { pathname } = new URL(request.url);
    if (pathname.endsWith('/calendar/preview')) return Response.json({ examples: [], days_off: [] });
    if (!pathname.endsWith('/calendar')) return hub.handle(request);
    if (request.method === 'PUT') {
      const change = (await request.json()) as TownCalendar;
      sent.push(change);
      const answer = answers.shift()?.(change);
      if (answer) return answer;
      if (change.version !== kept.version) return problem(409, 'stale');
      kept = { ...change, version: `${change.version ?? ''}+` };
    }
    return Response.json({ town: kept, offices: [] } satisfies Calendar);
  });
  return { ...openPage('/offices/calendar', hub), sent, replace: (calendar: TownCalendar) => void (kept = calendar) };
}

function problem(status: number, code: string, fields: { field: string; code: string }[] = []): Response {
  return Response.json(
    { title: code, status, code, ...(fields.length > 0 && { fields }) },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  );
}

const day = async (name: string) => within(await screen.findByRole('group', { name }));
const save = () => screen.getByRole('button', { name: 'Salva gli orari' });

test('hours that overlap are refused beside their day, by the page and by the hub', async () => {
  const { user, sent } = openHours(() => problem(422, 'invalid', [{ field: 'hours.tuesday', code: 'hours_overlap' }]));
  const monday = await day('Lunedì');
  await user.click(monday.getByRole('button', { name: 'Aggiungi: Lunedì' }));
  const begins = monday.getAllByLabelText('Apre').slice(1).at(0) ?? document.body;
  await user.clear(begins);
  await user.type(begins, '12.30');
  await user.tab();
  expect(monday.getByRole('alert')).toHaveTextContent('si sovrappongono');
  expect(begins).toHaveValue('12:30');
  expect(begins).toHaveAttribute('aria-invalid', 'true');

  await user.clear(begins);
  await user.type(begins, '14');
  await waitFor(() => expect(monday.queryByRole('alert')).toBeNull());
  await user.click(save());
  expect(await (await day('Martedì')).findByRole('alert')).toHaveTextContent('si sovrappongono');
  expect(sent[0]?.hours).toEqual([...town.hours, { day: 'monday', from: '14:00', to: '17:00' }]);
});

test('a split day is copied to the week, and a holiday, the patron and closing days go along', async () => {
  const { user, sent } = openHours();
  await user.click((await day('Lunedì')).getByRole('button', { name: 'Aggiungi: Lunedì' }));
  await user.selectOptions(screen.getByLabelText('Copia gli orari di Lunedì su altri giorni'), 'lunedì–venerdì');
  expect((await day('Venerdì')).getAllByLabelText('Apre').map((each) => (each as HTMLInputElement).value)).toEqual(['09:00', '14:30']);
  await user.click((await day('Mercoledì')).getByRole('button', { name: 'Togli 14:30–17:00 di Mercoledì' }));
  await user.click(screen.getByRole('checkbox', { name: /festività nazionali/ }));
  await user.selectOptions(screen.getByLabelText('Festa del patrono'), '08');
  await user.click(screen.getByRole('button', { name: 'Aggiungi una chiusura' }));
  await user.type(screen.getByLabelText('Dal'), '2026-08-14');
  await user.type(screen.getByLabelText('Motivo'), 'Ponte');
  await user.click(save());
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.hours).toHaveLength(9);
  expect(sent[0]).toMatchObject({ holidays: false, patron: '08-21', closures: [{ from: '2026-08-14', to: '', reason: 'Ponte' }] });
});

test('who comes second is told, keeps what was typed, and replaces what is there by saving again', async () => {
  const { user, sent, replace } = openHours();
  const monday = await day('Lunedì');
  replace({ ...town, version: 'b', hours: [{ day: 'friday', from: '08:00', to: '12:00' }] });
  const ends = monday.getByLabelText('Chiude');
  await user.clear(ends);
  await user.type(ends, '12');
  await user.click(save());
  expect(await screen.findByText(/Un collega ha cambiato gli orari/)).toBeInTheDocument();
  expect(ends).toHaveValue('12:00');
  await waitFor(async () => {
    await user.click(save());
    expect(sent.at(-1)?.version).toBe('b');
  });
  expect(sent.map((each) => each.version)).toContain('a');
  expect(sent.at(-1)?.hours).toEqual([{ day: 'monday', from: '09:00', to: '12:00' }]);
});
