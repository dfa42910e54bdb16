import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openPage } from '@/test/page';

const number = '2026-004200-4';

test('what is suspended says on what basis, and what is resolved how', async () => {
  const { user, hub } = openPage(`/inbox/mine/${number}?order=newest`);
  await screen.findByRole('heading', { name: 'Certificato di residenza per il notaio' });
  await user.keyboard('s');
  await user.click(await screen.findByRole('option', { name: 'Sospesa' }));
  const dialog = await screen.findByRole('dialog', { name: 'Sospendi la richiesta' });
  await user.click(within(dialog).getByRole('button', { name: 'Sospendi' }));
  expect(await within(dialog).findByText('Scegli il motivo.')).toBeInTheDocument();
  await user.selectOptions(within(dialog).getByRole('combobox'), 'court_order');
  await user.click(within(dialog).getByRole('button', { name: 'Sospendi' }));
  expect(await screen.findByText('Sospesa: provvedimento di un giudice')).toBeInTheDocument();
  expect(hub.find(number)?.ticket.standing).toEqual({ basis: 'court_order' });
  await user.keyboard('e');
  await user.keyboard('dop{Enter}');
  await waitFor(() => expect(hub.find(number)?.ticket.standing).toEqual({ outcome: 'duplicate' }));
});
