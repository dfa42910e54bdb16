import { expect } from 'vitest';
import { answers, beginReply, citizenAnswers, conversation, editor, endSession, notices, pathOf, request } from './desk';
import { messages } from './hub';
import { demo, passwordOf, test } from './stage';
import { arrived, source } from './world';

test('a reply that is called back never arrives, and its text is there to be mended', { timeout: 60_000 }, async ({ stage }) => {
  const { number, subject, citizen } = await request('Orari della biblioteca');
  const page = await stage.operator(pathOf(number));
  const text = await beginReply(page);
  await text.fill('La biblioteca apre alle 9.');
  await page.keyboard.press('Control+Enter');
  await notices(page).getByRole('button', { name: 'Annulla invio' }).click();
  await notices(page).getByText('Invio annullato').waitFor();
  expect(await editor(page).textContent()).toBe('La biblioteca apre alle 9.');

  // The mended text goes; by the time it has arrived the first one would have, too.
  await editor(page).fill('La biblioteca apre alle 10.');
  await page.keyboard.press('Control+Enter');
  await answers(page).filter({ hasText: 'alle 10' }).getByText('Accettato').waitFor({ timeout: 20_000 });
  const letters = await arrived(citizen, new RegExp(`^Re: ${subject}`));
  const texts = await Promise.all(letters.map((each) => source(citizen, each.uid)));
  expect(texts.filter((each) => each.includes('apre alle 10.'))).toHaveLength(1);
  expect(texts.filter((each) => each.includes('apre alle 9.'))).toHaveLength(0);
});

test('a reply can be called back from another page, too', async ({ stage }) => {
  const { number } = await request('Piscina comunale');
  const page = await stage.operator(pathOf(number));
  const text = await beginReply(page);
  await text.fill('La piscina riapre a giugno.');
  await page.keyboard.press('Control+Enter');
  await answers(page).getByText('La piscina riapre a giugno.').waitFor();
  await page.getByRole('link', { name: /Canali/ }).click();
  await page.getByRole('heading', { name: 'Canali' }).waitFor();
  await page.keyboard.press('Control+z');
  await notices(page).getByText('Invio annullato').waitFor();
  await page.goBack();
  expect(await editor(page).textContent()).toBe('La piscina riapre a giugno.');
  await answers(page).getByText('Annullato', { exact: true }).waitFor();
});

test('nothing leaves while a message arrived that the operator has not read', async ({ stage }) => {
  const made = await request('Iscrizione al nido');
  const page = await stage.operator(pathOf(made.number));
  const text = await beginReply(page);
  await text.fill('Serve il modulo B.');
  await citizenAnswers(stage, made, 'Ho già trovato il modulo B, mi serve il C.');
  const held = page.getByRole('alert', { name: /È arrivato un messaggio mentre scrivevi/ });
  await held.getByText('mi serve il C').waitFor();
  await stage.shot(page, 'held');
  await page.keyboard.press('Control+Enter');
  expect(await answered(made.number)).toBe(0);
  expect(await editor(page).textContent()).toBe('Serve il modulo B.');

  await held.getByRole('button', { name: 'L’ho letto' }).click();
  await held.waitFor({ state: 'detached' });
  await editor(page).fill('Ecco il modulo C.');
  await page.keyboard.press('Control+Enter');
  await answers(page).getByText('Ecco il modulo C.').waitFor();
  expect(await answered(made.number)).toBe(1);
});

test('the hub itself holds an answer whose writer could not know of a newer message', async ({ stage }) => {
  stage.allow(/live/, /409/);
  const made = await request('Tessera elettorale');
  const page = await stage.operator();
  await page.context().route('**/api/v1/live', (route) => route.abort());
  await page.goto(demo.internal_url + pathOf(made.number));
  const text = await beginReply(page);
  await text.fill('Può ritirarla lunedì.');
  await citizenAnswers(stage, made, 'Lunedì non posso, va bene martedì?');
  await expect
    .poll(async () => (await messages(made.number)).filter((each) => each.direction === 'inbound').length, { timeout: 45_000 })
    .toBe(2);
  await page.keyboard.press('Control+Enter');
  await page
    .getByRole('alert', { name: /È arrivato un messaggio/ })
    .getByText('va bene martedì')
    .waitFor();
  expect(await answered(made.number)).toBe(0);
  expect(await editor(page).textContent()).toBe('Può ritirarla lunedì.');
});

test('what is written survives a reload, with its formatting and files', async ({ stage }) => {
  const { number } = await request('Cambio di indirizzo');
  const page = await stage.operator(pathOf(number));
  const text = await beginReply(page);
  await text.pressSequentially('Serve il ');
  await page.keyboard.press('Control+b');
  await text.pressSequentially('contratto');
  await page.locator('input[type=file]').setInputFiles({ name: 'modulo.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await page.getByRole('button', { name: 'Togli modulo.txt' }).waitFor();
  await page.getByText(/Bozza salvata \d/).waitFor();
  await page.reload();
  expect(await editor(page).locator('strong').textContent()).toBe('contratto');
  expect(await editor(page).textContent()).toBe('Serve il contratto');
  await page.getByRole('button', { name: 'Togli modulo.txt' }).waitFor();
});

test('what is written survives the end of the session, and goes on after signing in again', async ({ stage }) => {
  stage.allow(/401/);
  const { number } = await request('Estratto di nascita');
  const page = await stage.person();
  await page.goto(demo.internal_url + pathOf(number));
  await signIn('marta');
  const text = await beginReply(page);
  await text.fill('Il certificato è pronto');
  await page.getByText(/Bozza salvata \d/).waitFor();
  await text.press('End');
  await endSession(page);
  await page.keyboard.insertText(' da ieri.');
  const dialog = page.getByRole('dialog', { name: 'La sessione è finita' });
  await dialog.waitFor();
  await stage.shot(page, 'session-ended');
  expect(await editor(page).textContent()).toBe('Il certificato è pronto da ieri.');
  await page.keyboard.press('Escape');
  expect(await dialog.isVisible()).toBe(true);
  await dialog.getByLabel('Password', { exact: true }).fill(passwordOf('marta'));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText(/Bozza salvata \d/).waitFor();
  expect(await editor(page).textContent()).toBe('Il certificato è pronto da ieri.');

  async function signIn(login: string) {
    await page.getByLabel('Nome utente').fill(login);
    await page.getByLabel('Password', { exact: true }).fill(passwordOf(login));
    await page.keyboard.press('Enter');
  }
});

test('what is written survives a hub that answers 503', async ({ stage }) => {
  stage.allow(/503/);
  const { number } = await request('Bando per gli orti');
  const page = await stage.operator(pathOf(number));
  await page
    .context()
    .route(/\/(drafts\/|replies$)/, (route) =>
      route.request().method() === 'GET' ? route.continue() : route.fulfill({ status: 503, headers: { 'Retry-After': '1' } }),
    );
  const text = await beginReply(page);
  await text.fill('Il bando esce a marzo.');
  await page.getByText('Bozza salvata solo in questo browser').waitFor();
  await page.keyboard.press('Control+Enter');
  await notices(page)
    .getByText(/La risposta non è stata accettata/)
    .waitFor();
  expect(await editor(page).textContent()).toBe('Il bando esce a marzo.');
  await page.reload();
  await expect.poll(() => editor(page).textContent(), { timeout: 10_000 }).toBe('Il bando esce a marzo.');
  expect(await answered(number)).toBe(0);

  // The hub is back: the same text goes, once.
  await page.context().unrouteAll();
  await conversation(page).getByRole('article').first().waitFor();
  await editor(page).press('Control+Enter');
  await answers(page).getByText('Il bando esce a marzo.').waitFor();
  expect(await answered(number)).toBe(1);
});

async function answered(number: string): Promise<number> {
  return (await messages(number)).filter((each) => each.direction === 'outbound' && !each.automatic).length;
}
