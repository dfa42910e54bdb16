import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { spoken } from '@/design/announce';
import { fakeHub, openPage } from '@/test/page';

test('a request is put aside and taken back, and gets a tag made on the spot, all from the keyboard', async () => {
  const hub = fakeHub(9);
  hub.world.me.actions.push('tag.manage');
  const made = hub.world.cases[0]?.ticket;
  if (!made) throw new Error('no case');
  made.clocks = { due_at: new Date(Date.now() + 60_000).toISOString(), due_for: 'first', near: true };
  const { user } = openPage(`/inbox/all/${made.number}`, hub);
  await screen.findByText('Rimanda');
  await user.keyboard('z');
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/Scade prima/)).toBeInTheDocument();
  expect(dialog.getByLabelText(/Domani mattina/)).toHaveFocus();
  await user.click(dialog.getByText('Rimanda'));
  await waitFor(() => expect(made.snoozed_until).toBeDefined());
  const until = new Date(made.snoozed_until ?? 0);
  expect([until.getHours(), until.getMinutes(), until > new Date()]).toEqual([8, 0, true]);
  await user.click(await screen.findByRole('button', { name: 'Annulla' }));
  await waitFor(() => expect(made.snoozed_until).toBeUndefined());
  await screen.findByText('Rimanda');
  await user.keyboard('z');
  await user.click(within(await screen.findByRole('dialog')).getByText('Rimanda'));
  await user.click(await screen.findByText('Riprendi ora'));
  await waitFor(() => expect(made.snoozed_until).toBeUndefined());

  await user.keyboard('l');
  await user.type(await screen.findByLabelText('Aggiungi un’etichetta'), '  Neve ');
  await user.keyboard('{ArrowDown}{Enter}');
  await waitFor(() => expect(hub.world.tags.map((each) => each.name)).toEqual(['Neve']));
  await waitFor(() => expect(spoken.get().text).toBe('Etichetta «Neve»'));
  expect(made.tags).toEqual([hub.world.tags[0]?.id]);
  await user.click(await screen.findByLabelText('Togli «Neve»'));
  await waitFor(() => expect(made.tags).toEqual([]));
});
