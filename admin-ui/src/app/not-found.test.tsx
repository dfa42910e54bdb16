import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openPage } from '@/test/page';

test('an address that leads nowhere says so and shows the way back', async () => {
  const { user, router } = openPage('/da-nessuna-parte');
  await screen.findByRole('heading', { name: 'Questa pagina non c’è' });
  await user.click(screen.getByRole('link', { name: 'Vai alle richieste' }));
  expect(router.state.location.pathname).not.toBe('/da-nessuna-parte');
});
