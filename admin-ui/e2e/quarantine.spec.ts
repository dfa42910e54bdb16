import { expect } from 'vitest';
import { conversation, notices, pathOf, request } from './desk';
import { messages, quarantined } from './hub';
import { demo, downloaded, test } from './stage';
import { mailTown, stranger } from './world';

const list = { 'List-Id': '<novita.editore.example>', 'List-Unsubscribe': '<https://editore.example/via>', Precedence: 'list' };

test('mail from a mailing list waits in quarantine and can be filed on a request', async ({ stage }) => {
  const made = await request('Festa di quartiere');
  const subject = 'Novità dal quartiere, n. 12';
  const page = await stage.operator('/quarantine');
  await page.getByRole('heading', { name: 'Da verificare' }).waitFor();
  await mailTown({ from: stranger('lista'), subject, text: 'Il programma della festa.', headers: list });

  // It comes by itself, with the reason.
  await page.getByRole('link').filter({ hasText: subject }).click();
  await page.getByText(/Perché è qui: Messaggio automatico che non riguarda alcuna richiesta nota/).waitFor();
  await page.getByText('Il programma della festa.').waitFor();

  // The original, shown and downloaded byte for byte.
  await page.getByRole('button', { name: 'Mostra l’originale' }).click();
  const shown = await page.getByRole('region', { name: 'Originale' }).textContent();
  expect(shown).toContain('List-Id: <novita.editore.example>');
  const original = await downloaded(page, () => page.getByRole('link', { name: 'Scarica l’originale' }).click());
  expect(original.text).toBe(shown);
  await stage.shot(page, 'quarantine-original');

  // Filing: a number with a wrong check digit is refused, the right one is taken.
  await page.getByRole('button', { name: /Archivia su una richiesta/ }).click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByLabel('Numero della richiesta');
  const [year, sequence, digit] = made.number.split('-');
  await field.fill(`${year}-${sequence}-${(Number(digit) + 1) % 10}`);
  await page.keyboard.press('Enter');
  await dialog.getByText(/Numero non valido/).waitFor();
  await field.fill(made.number);
  await page.keyboard.press('Enter');
  await notices(page).getByText(`Archiviato sulla richiesta ${made.number}`).waitFor();
  await page.getByRole('link').filter({ hasText: subject }).waitFor({ state: 'detached' });

  await page.goto(demo.internal_url + pathOf(made.number));
  await conversation(page).getByText('Messo qui da un operatore.').waitFor();
  expect((await messages(made.number)).map((each) => each.threading_reason)).toContain('manual');
});

test('an item is discarded only with a reason, and its number in the rail goes down', async ({ stage }) => {
  const subject = 'Offerta irripetibile';
  await mailTown({ from: stranger('offerte'), subject, headers: list });
  const item = await quarantined(subject);
  const page = await stage.operator(`/quarantine?item=${item.id}`);
  await page.getByRole('heading', { name: subject }).waitFor();
  await page.getByRole('button', { name: 'Scarta' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Scarta' }).click();
  await dialog.getByText('Scrivi il motivo: resta agli atti.').waitFor();
  await dialog.getByLabel('Motivo').fill('Pubblicità');
  await dialog.getByRole('button', { name: 'Scarta' }).click();
  await notices(page).getByText('Messaggio scartato').waitFor();
  await page.getByRole('link').filter({ hasText: subject }).waitFor({ state: 'detached' });

  // The decision stays readable, with its reason.
  await page.goto(`${demo.internal_url}/quarantine?item=${item.id}`);
  await page.getByText('Scartato', { exact: true }).waitFor();
  await page.getByText(/Anna Bianchi.*Pubblicità/).waitFor();
});
