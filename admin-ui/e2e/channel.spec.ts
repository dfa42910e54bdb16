import type { Page } from 'playwright-core';
import { afterEach, expect } from 'vitest';
import { notices, request } from './desk';
import { channel, ticketAbout } from './hub';
import { demo, test } from './stage';
import { clearFaults, cutMailbox, fault, mailTown, stranger } from './world';

afterEach(clearFaults);

/** The mailbox among the town's channels. */
const mailbox = (page: Page) => page.getByRole('listitem').filter({ hasText: demo.mailbox });

test('a mailbox that refuses the password suspends its channel, says why, and resumes', { timeout: 90_000 }, async ({ stage }) => {
  const page = await stage.operator('/channels', { login: 'admin' });
  await mailbox(page).getByText('Attivo').waitFor();
  await fault({ kind: 'refuse_login', match: demo.mailbox, times: 0 });
  await cutMailbox();

  // The page tells by itself, with the reason and what to do.
  await page.getByText('Sospeso').waitFor({ timeout: 30_000 });
  await page.getByText('Il server di posta ha rifiutato nome utente o password.').waitFor();
  await page.getByText('Aggiorna la password del canale, poi riattivalo.').waitFor();
  await page.getByRole('link', { name: /Canali.*1 con problemi/ }).waitFor();
  await stage.shot(page, 'channel-suspended');

  // The rest of the hub works; mail waits in its mailbox.
  const subject = 'Scritta mentre il canale era fermo';
  await mailTown({ from: stranger('paziente'), subject });
  const operator = await stage.operator('/channels');
  await operator.getByText('Sospeso').waitFor();
  expect(await operator.getByRole('button', { name: 'Riattiva' }).count()).toBe(0);

  // Nothing is mended yet: resuming suspends again. Mended: it resumes and the mail comes in.
  await clearFaults();
  await mailbox(page).getByRole('button', { name: 'Riattiva' }).click();
  await notices(page)
    .getByText(/riattivazione richiesta/)
    .waitFor();
  await mailbox(page).getByText('Attivo').waitFor({ timeout: 30_000 });
  await ticketAbout(subject);
  expect((await channel()).problem).toBeUndefined();
});

test('a channel is paused and resumed by an administrator', async ({ stage }) => {
  const page = await stage.operator('/channels', { login: 'admin' });
  await mailbox(page).getByRole('button', { name: 'Metti in pausa' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Metti in pausa' }).click();
  await page.getByText('In pausa', { exact: true }).waitFor();
  await mailbox(page).getByRole('button', { name: 'Riattiva' }).click();
  await mailbox(page).getByText('Attivo').waitFor({ timeout: 30_000 });
  await request('Di nuovo aperti');
});
