import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fakeHub, openPage } from '@/test/page';

test('a tag is retired, or goes into another, once it is said which rules give it', async () => {
  const hub = fakeHub(1);
  hub.world.me.actions.push('tag.manage');
  for (const name of ['Ghiaccio', 'Neve']) hub.world.tags.push({ id: crypto.randomUUID(), name, colour: 'blue', retired: false });
  const { user } = openPage('/tags', hub);
  await user.click(await screen.findByLabelText('Unisci «Ghiaccio» a un’altra'));
  const merge = within(await screen.findByRole('dialog'));
  await merge.findByText(/metteranno l’altra/);
  await merge.findByText('regola «Nevicate»');
  await user.click(merge.getByLabelText('Chiudi'));
  await user.click(await screen.findByLabelText('Archivia «Neve»'));
  const retire = within(await screen.findByRole('dialog'));
  await retire.findByText('regola «Nevicate»');
  await user.click(retire.getByText('Archivia'));
  await screen.findByLabelText('Riprendi «Neve»');
  expect(hub.world.tags[1]?.retired).toBe(true);
  await user.click(screen.getByLabelText('Riprendi «Neve»'));
  await waitFor(() => expect(hub.world.tags[1]?.retired).toBe(false));
});

test('who may not keep tags and types in order is told so at their addresses', async () => {
  openPage('/tags', fakeHub(1));
  await screen.findByText(/^Solo un amministratore può tenere in ordine le etichette/);
  openPage('/types', fakeHub(1));
  await screen.findByText(/^Solo un amministratore può tenere in ordine i tipi/);
});

test('the dialog of a town without tags says so, and where they are made', async () => {
  const hub = fakeHub(9);
  const [first] = hub.world.cases;
  const { user, unmount } = openPage(`/inbox/all/${first?.ticket.number}`, hub);
  await screen.findByText('Rimanda');
  await user.keyboard('l');
  const told = await screen.findByText('Il Comune non ha ancora etichette.');
  await waitFor(() => expect(told.parentElement).toHaveFocus());
  expect(screen.getByText('Le crea un amministratore.')).toBeInTheDocument();
  expect(screen.queryByLabelText('Aggiungi un’etichetta')).toBeNull();
  unmount();

  hub.world.me.actions.push('tag.manage');
  const again = openPage(`/inbox/all/${first?.ticket.number}`, hub);
  await screen.findByText('Rimanda');
  await again.user.keyboard('l');
  expect(await screen.findByText('Vai a Etichette per crearle')).toHaveAttribute('href', '/tags');
  expect(screen.getByLabelText('Aggiungi un’etichetta')).toHaveFocus();
});
