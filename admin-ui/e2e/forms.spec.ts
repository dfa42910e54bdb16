import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { messages, ticketAbout } from './hub';
import { axe, demo, sizes, test } from './stage';

/** What somebody types who means no good; it must arrive, and be shown, as these very letters. */
const script = '<script>document.title="colpito"</script><img src=x onerror=alert(1)>';
const formula = '=HYPERLINK("http://evil.example";"vinci")';
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** Goes with the Tab key to what a keyboard alone can reach. */
async function tabTo(page: Page, selector: string) {
  for (let steps = 0; steps < 80; steps++) {
    await page.keyboard.press('Tab');
    if (
      await page
        .locator(selector)
        .first()
        .evaluate((element) => element === document.activeElement)
    )
      return;
  }
  throw new Error(`the Tab key does not lead to ${selector}`);
}

async function type(page: Page, field: string, text: string) {
  await tabTo(page, `#${field}`);
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

/** Goes to a button and presses it, then waits for the page after. */
async function press(page: Page, selector: string, heading: string | RegExp) {
  await tabTo(page, selector);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
}

const number = (page: Page) => page.locator('dd.numero').innerText();

test('a citizen hands in a form with the keyboard alone, without any script, and an operator reads it as it was typed', async ({
  stage,
}) => {
  stage.allow(/422/);
  const page = await stage.person();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const looks = async (name: string) => {
    expect(await axe(page), name).toEqual([]);
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits on a ${size}`).toBe(true);
      await stage.shot(page, `forms-${name}-${size}`);
    }
  };

  const front = await page.goto(`${demo.public_url}/moduli`);
  expect(front?.headers()['content-security-policy'], 'no script may run').toMatch(/^default-src 'none'(?!.*script-src)/);
  await looks('index');
  await press(page, 'a[href*="segnalazione-disservizio"]', 'Segnalazione disservizio');
  await looks('form');

  const title = `Buca davanti alla scuola ${script}`;
  await type(page, 'titolo', title);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Qualcosa è da correggere' }).waitFor();
  expect(await page.locator('#titolo').inputValue(), 'nothing typed is lost').toBe(title);
  await looks('form-wrong');
  await tabTo(page, '#errori a');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Strade');

  const typed = {
    luogo: `Via Roma 1 ${script}`,
    descrizione: `${formula}\n${script}`,
    nome: 'Ada',
    cognome: `Rossi ${formula}`,
    email: 'ada.rossi@posta.example',
  };
  for (const [field, text] of Object.entries(typed))
    if (await page.locator(`#${field}`).count()) await page.locator(`#${field}`).fill(text);
  await page.setInputFiles('input[type=file]', { name: 'buca.png', mimeType: 'image/png', buffer: pixel });
  await tabTo(page, '#privacy');
  await page.keyboard.press('Space');
  await press(page, 'button.btn-primary[value=rivedi]', 'Controlli prima di inviare');
  await page.getByText('buca.png').waitFor();
  await looks('review');
  await press(page, 'button[value=invia]', 'Abbiamo ricevuto la sua richiesta');
  await looks('receipt');
  const given = await number(page);
  await page.reload();
  expect(await number(page), 'sent again, the same receipt').toBe(given);
  expect(asked.filter((url) => !url.startsWith(demo.public_url))).toEqual([]);

  const ticket = await ticketAbout(title);
  expect(ticket.number).toBe(given);
  const [message] = await messages(given);
  expect(message?.text).toContain(formula);
  expect(message?.text).toContain(script);
  expect(message?.attachments.map((each) => each.name)).toEqual(['buca.png']);
  const operator = await stage.operator(`/inbox/all/${given}`);
  await operator.getByText(formula).first().waitFor();
  expect(await operator.title()).not.toBe('colpito');
  expect(await operator.locator('img[src="x"]').count()).toBe(0);
  await stage.shot(operator, 'forms-ticket');

  await press(page, 'a[href*="/richiesta?n="]', title);
  await page.getByText(formula).waitFor();
  await looks('followed');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Scarica buca.png' }).click()]);
  expect(file.suggestedFilename()).toBe('buca.png');
  await type(page, 'messaggio', 'È ancora più profonda.');
  await tabTo(page, 'button[value=aggiungi]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ricevuto: lo trova qui sotto' }).waitFor();
  await page.getByText('È ancora più profonda.').waitFor();
  await looks('added');
  await operator.getByText('È ancora più profonda.').first().waitFor();

  // Another test may have the mail channel in trouble for a moment: then the page says so, and one asks again.
  const sent = page.getByText('un codice di sei cifre a a•••@posta.example');
  const unreachable = page.getByText('non possiamo inviare messaggi a questo tipo di recapito');
  do {
    await type(page, 'recapito', 'ada.rossi@posta.example');
    await page.keyboard.press('Enter');
    await sent.or(unreachable).waitFor();
  } while (await unreachable.count());
  await type(page, 'prova', 'non è un codice');
  await page.keyboard.press('Enter');
  await page.getByText('Può provare ancora 4 volte.').waitFor();
  await looks('code-wrong');
}, 120_000);

test('the forms speak English, and a page that is none says so', async ({ stage }) => {
  stage.allow(/404/);
  const page = await stage.person({ size: sizes.phone });
  await page.goto(`${demo.public_url}/moduli`);
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByRole('link', { name: 'Request for assistance' }).click();
  await page.getByRole('heading', { name: 'Request for assistance', level: 1 }).waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'forms-english-phone');
  await page.goto(`${demo.public_url}/c/webform/moduli/modulo/altro`);
  await page.getByRole('heading', { name: 'Pagina non trovata' }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.goto(`${demo.public_url}/c/webform/moduli/altro/ancora`);
  await page.getByRole('heading', { name: 'Pagina non trovata' }).waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'forms-notice-phone');
});
