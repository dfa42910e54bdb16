import type { Route } from 'playwright-core';
import { expect } from 'vitest';
import { answers, citizenAnswers, conversation, notices, pathOf, request } from './desk';
import { messages, openedBy, reply } from './hub';
import { demo, test } from './stage';

test('what changes while the page is still loading is not missed', async ({ stage }) => {
  const made = await request('Cartello coperto dai rami');
  const page = await stage.operator();
  // The first look at the conversation happens before the citizen writes again, and its answer comes after.
  let wrote = false;
  await page.context().route(/\/messages\?/, async (route) => {
    const early = await route.fetch();
    if (!wrote) {
      wrote = true;
      await citizenAnswers(stage, made, 'È caduto anche un ramo.');
      await expect
        .poll(async () => (await messages(made.number)).filter((each) => each.direction === 'inbound').length, { timeout: 45_000 })
        .toBe(2);
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
    await route.fulfill({ response: early });
  });
  await page.goto(demo.internal_url + pathOf(made.number));
  await conversation(page).getByText('È caduto anche un ramo.').waitFor({ timeout: 45_000 });
});

test('what changes before the live line stands is not missed', async ({ stage }) => {
  const made = await request('Fontanella chiusa');
  const page = await stage.operator();
  const waiting: Route[] = [];
  let closed = true;
  await page.context().route(/\/live$/, (route) => (closed ? void waiting.push(route) : route.continue()));
  await page.goto(demo.internal_url + pathOf(made.number));
  await conversation(page).getByRole('article').first().waitFor();
  await expect.poll(() => waiting.length, { timeout: 10_000 }).toBeGreaterThan(0);
  await reply(made.number, { text: 'Riapre domani.' });
  closed = false;
  await Promise.all(waiting.map((route) => route.continue()));
  await answers(page).getByText('Riapre domani.').waitFor();
});

test('two operators on one ticket see what the other does', async ({ stage }) => {
  const made = await request('Lampione in via Roma');
  const anna = await stage.operator(pathOf(made.number));
  const marta = await stage.operator(pathOf(made.number), { login: 'marta' });
  await conversation(anna).getByRole('article').first().waitFor();
  await conversation(marta).getByRole('article').first().waitFor();
  await marta.keyboard.press('m');
  await anna.getByText('Assegnata a Marta Conti').first().waitFor();
  await anna.keyboard.press('n');
  await anna.getByRole('textbox', { name: 'Testo della nota interna' }).fill('Il guasto è già segnalato.');
  await anna.keyboard.press('Control+Enter');
  await notices(anna).getByText('Nota aggiunta').waitFor();
  await conversation(marta).getByText('Il guasto è già segnalato.').waitFor();
});

test('what arrives shows in the list and counts as opened by nobody until somebody opens it', async ({ stage }) => {
  const page = await stage.operator('/inbox/all');
  await page.getByText('In diretta').waitFor();
  const made = await request('Panchina senza schienale');
  const row = page.getByRole('link', { name: /Panchina senza schienale/ });
  await row.waitFor();
  await citizenAnswers(stage, made, 'Ora è caduta.');
  await row.getByText('Ora è caduta.').waitFor();
  expect(await openedBy(made.number)).toEqual([]);
  await row.click();
  await conversation(page).getByText('Ora è caduta.').waitFor();
  expect(await openedBy(made.number)).toEqual(['Anna Bianchi']);

  // The citizen's card says so to who may ask.
  const admin = await stage.operator(pathOf(made.number), { login: 'admin' });
  await admin.getByRole('button', { name: 'Letture' }).click();
  const readers = admin.getByRole('dialog', { name: 'Chi ha letto' });
  await readers
    .getByRole('listitem')
    .filter({ hasText: 'Anna Bianchi' })
    .getByText(/^scheda, richieste · /)
    .waitFor();
  expect(await readers.getByRole('listitem').count()).toBe(2);
  await stage.shot(admin, 'readers');
});

test('a lost line is told, and what was missed is fetched when it is back', async ({ stage }) => {
  stage.allow(/ERR_INTERNET_DISCONNECTED|Failed to fetch|ERR_NETWORK/);
  const made = await request('Siepe sul marciapiede');
  const page = await stage.operator(pathOf(made.number));
  await page.getByText('In diretta').waitFor();
  await page.context().setOffline(true);
  await page.getByText('Collegamento interrotto.', { exact: true }).waitFor({ timeout: 15_000 });
  await reply(made.number, { text: 'Il taglio è previsto venerdì.' });
  await page.context().setOffline(false);
  await answers(page).getByText('Il taglio è previsto venerdì.').waitFor({ timeout: 20_000 });
  await page.getByText('Collegamento interrotto.', { exact: true }).waitFor({ state: 'detached' });
});
