import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { OfficeEntry, OfficeOverview } from '@/api/schema.gen';
import { json } from '../../../fake/hub';
import { fakeHub, openPage } from '@/test/page';

const areas = ['Persona', 'Territorio'].map((name) => ({ id: name, name, name_en: name, archived: false }));

const office = (_: unknown, n: number): OfficeEntry => ({
  id: `office-${n}`,
  name: `Ufficio ${n}`,
  area_id: n % 2 ? 'Persona' : 'Territorio',
  mine: false,
  active: true,
  confidential: false,
  members: 1,
  open_tickets: 0,
  open_now: true,
  hours_today: [],
});

test('many offices are shown area by area, each when it is opened; a search opens all that answer it', async () => {
  const hub = fakeHub(1);
  const overview: OfficeOverview = { areas, items: Array.from({ length: 70 }, office) };
  hub.overrides.push(({ parts: [first, second] }) => (first === 'offices' && second === 'overview' ? json(overview) : undefined));
  const { user } = openPage('/offices', hub);
  await user.click(await screen.findByText('Persona'));
  await screen.findByText('Ufficio 69');
  expect(screen.queryByText('Ufficio 68')).toBeNull();
  await user.type(screen.getByLabelText('Cerca per nome o area'), '68');
  await screen.findByText('Ufficio 68');
  expect(screen.queryByText('Ufficio 69')).toBeNull();
});
