import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fakeHub, openPage } from '@/test/page';

test('a type is made, moved up and retired once it is said where it is named', async () => {
  const hub = fakeHub(1);
  hub.world.me.actions.push('type.manage');
  const { user } = openPage('/types', hub);
  await user.click(await screen.findByText('Nuovo tipo'));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByText('Salva'));
  expect(dialog.getByLabelText('Nome in inglese')).toHaveAttribute('aria-invalid', 'true');
  await user.type(dialog.getByLabelText('Nome in italiano'), 'Suolo');
  await user.type(dialog.getByLabelText('Nome in inglese'), 'Ground');
  await user.click(dialog.getByText('Salva'));
  await waitFor(() => expect(hub.world.types.at(-1)?.labels).toEqual({ it: 'Suolo', en: 'Ground' }));
  await user.click(await screen.findByLabelText('Sposta in su «Suolo»'));
  await waitFor(() => expect(hub.world.types.map((each) => each.code)).toEqual(['information', 'suolo', 'report']));
  await user.click(await screen.findByLabelText('Archivia «Suolo»'));
  const retire = within(await screen.findByRole('dialog'));
  await retire.findByText('regola di smistamento «Buche»');
  await user.click(retire.getByText('Archivia'));
  await screen.findByText('Non si usa più');
  expect(hub.world.types[1]?.retired).toBe(true);
});
