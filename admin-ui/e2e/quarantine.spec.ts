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
  await page.getByRole('heading', { name: 'Da verificare', exact: true }).waitFor();
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

  // The decision stays readable, with its reason, and can be taken back.
  await page.getByRole('link', { name: 'Scartati' }).click();
  await page.getByRole('link').filter({ hasText: subject }).click();
  await page.getByText(/Anna Bianchi l’ha scartato: Pubblicità/).waitFor();
  await page.getByRole('button', { name: 'Riprendi' }).click();
  await notices(page).getByText('Di nuovo da verificare').waitFor();
  expect((await quarantined(subject)).id).toBe(item.id);
});

test('several items are decided on at once, by keyboard and mouse', async ({ stage }) => {
  const [first, second, third] = ['Bollettino del consorzio', 'Bollettino delle acque', 'Bollettino dei boschi'] as const;
  const subjects = [first, second, third];
  for (const subject of subjects) await mailTown({ from: stranger('consorzio'), subject, headers: list });
  for (const subject of subjects) await quarantined(subject);
  const page = await stage.operator('/quarantine');
  const tick = (subject: string) => page.getByRole('checkbox', { name: `Seleziona: ${subject}` });
  await page.getByRole('link').filter({ hasText: first }).click();
  await page.getByRole('heading', { name: first }).waitFor();
  await page.getByRole('link').filter({ hasText: first }).press('x');
  await tick(second).check();
  await page.getByText('2 selezionati').waitFor();
  await page.getByRole('button', { name: 'Scarta…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Scartare 2 messaggi?' });
  await dialog.getByLabel('Motivo').fill('Bollettini');
  await dialog.getByRole('button', { name: 'Scarta' }).click();
  await notices(page).getByText('2 messaggi scartati').waitFor();
  await page.getByRole('link').filter({ hasText: second }).waitFor({ state: 'detached' });

  // The one left is of a person after all: it becomes a request.
  await page.getByRole('link').filter({ hasText: third }).click();
  await page.getByRole('button', { name: 'Nuova richiesta' }).click();
  await page.getByRole('link', { name: /Vai alla richiesta/ }).click();
  await conversation(page).getByText('Messo qui da un operatore.').waitFor();
});
