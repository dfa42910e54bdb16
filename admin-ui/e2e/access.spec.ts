import { createHmac } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { axe, demo, downloaded, passwordOf, test } from './stage';

test('signing in tells what is wrong, and after a few tries how long to wait', async ({ stage }) => {
  stage.allow(/401/, /429/);
  const page = await stage.person();
  await page.goto(`${demo.internal_url}/sign-in`);
  await page.getByRole('button', { name: 'Accedi' }).click();
  await page.getByText('Scrivi il tuo nome utente.').waitFor();
  await page.getByLabel('Nome utente').fill('nessuno');
  await page.getByLabel('Password', { exact: true }).fill('sbagliata');
  await page.keyboard.press('Enter');
  await page.getByText(/Nome utente o password non corretti/).waitFor();
  await stage.shot(page, 'signin-wrong');
  for (let tries = 0; tries < 6; tries++) {
    const button = page.getByRole('button', { name: 'Accedi' });
    if (await button.isDisabled()) break;
    await Promise.all([page.waitForResponse(/\/api\/v1\/session$/), button.click()]);
  }
  const alert = page.getByRole('alert');
  await alert.getByText(/Troppi tentativi non riusciti. Puoi riprovare tra \d+ s/).waitFor();
  const before = Number(/tra (\d+) s/.exec((await alert.textContent()) ?? '')?.[1]);
  await expect.poll(async () => Number(/tra (\d+) s/.exec((await alert.textContent()) ?? '')?.[1])).toBeLessThan(before);
  expect(await page.getByRole('button', { name: 'Accedi' }).isDisabled()).toBe(true);
  expect(await page.getByLabel('Nome utente').inputValue()).toBe('nessuno');
  await stage.shot(page, 'signin-limited');
});

test('signing in leads back to where one wanted to go, signing out ends everything', async ({ stage }) => {
  stage.allow(/401/);
  const page = await stage.person();
  await page.goto(`${demo.internal_url}/deliveries/uncertain`);
  await page.getByLabel('Nome utente').fill('marta');
  await page.getByLabel('Password', { exact: true }).fill(passwordOf('marta'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Incerti' }).waitFor();
  const kept = await page.context().cookies();
  expect(kept.find((each) => each.name.includes('sportello'))).toMatchObject({ httpOnly: true, sameSite: 'Strict' });

  await page.getByRole('button', { name: 'Esci' }).click();
  await page.getByLabel('Nome utente').waitFor();
  await page.goBack();
  await page.getByLabel('Nome utente').waitFor();

  // The cookie of before is worth nothing, even to somebody who kept it.
  await page.context().addCookies(kept);
  expect((await page.context().request.get(`${demo.internal_url}/api/v1/me`)).status()).toBe(401);
});

test('a foreign address in the way back is not followed', async ({ stage }) => {
  stage.allow(/401/);
  const page = await stage.person();
  await page.goto(`${demo.internal_url}/sign-in?next=${encodeURIComponent('//evil.example/')}`);
  await page.getByLabel('Nome utente').fill('marta');
  await page.getByLabel('Password', { exact: true }).fill(passwordOf('marta'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Da fare' }).waitFor();
  expect(page.url()).toBe(`${demo.internal_url}/inbox/mine`);
});

test('the description of the API is readable without asking anybody else', async ({ stage }) => {
  const page = await stage.person();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${demo.internal_url}/api/docs`);
  await page.getByRole('heading', { name: /\/api\/v1\/tickets\/\{number\}\/replies/ }).waitFor();
  await page.getByRole('link', { name: 'openapi.yaml' }).waitFor();
  expect(asked.filter((url) => !url.startsWith(demo.internal_url))).toEqual([]);
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'api-docs');
});

/** The code that an app shows for a key, so many half minutes from now: RFC 6238 with SHA-1 and six digits. */
function codeOf(key: string, later = 0): string {
  const bits = [...key].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function enter(page: Page, login: string, password: string) {
  await page.getByLabel('Nome utente').fill(login);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

test(
  'somebody invited sets a password, adds the telephone, and comes in with its codes or with a recovery code, once',
  { timeout: 90_000 },
  async ({ stage }) => {
    stage.allow(/401/, /404/, /422/);
    const page = await stage.person();
    const authorization = `Bearer ${demo.api_token}`;
    const invited = await page.request.post(`${demo.internal_url}/api/v1/people`, {
      headers: { authorization },
      data: { login: 'dora', name: 'Dora Due', role: 'auditor', offices: [] },
    });
    const { secret } = (await invited.json()) as { secret: string };
    await page.goto(`${demo.internal_url}/invito#${secret}`);
    const password = 'quattro gatti in cortile';
    await page.getByLabel('Nuova password').fill(password);
    await page.getByLabel('Ripeti la password').fill(password);
    await page.keyboard.press('Enter');
    await enter(page, 'dora', password);
    await page.getByRole('heading', { name: 'Registro' }).waitFor();

    await page.goto(`${demo.internal_url}/settings`);
    await page.getByRole('button', { name: 'Attiva la verifica' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password attuale').fill(password);
    await dialog.getByRole('button', { name: 'Continua' }).click();
    const key = ((await dialog.locator('code').first().textContent()) ?? '').replaceAll(' ', '');
    expect(key).toMatch(/^[A-Z2-7]{32}$/);
    await dialog.getByLabel('Codice a 6 cifre').fill(codeOf(key));
    await dialog.getByRole('button', { name: 'Conferma il codice' }).click();
    await dialog.getByRole('heading', { name: 'Salva i codici di recupero' }).waitFor();
    const recovery = await dialog.locator('ol code').allTextContents();
    expect(recovery).toHaveLength(10);
    await dialog.getByRole('button', { name: 'Li ho salvati' }).click();
    await page.getByText('Restano 10 codici di recupero.').waitFor();

    // The password alone opens nothing; a code that was used does not either, the next one does.
    const again = async (fill: () => Promise<void>) => {
      await page.goto(`${demo.internal_url}/sign-in`);
      await enter(page, 'dora', password);
      await page.getByText('La password è giusta.').waitFor();
      expect((await page.request.get(`${demo.internal_url}/api/v1/me`)).status()).toBe(401);
      await fill();
      await page.keyboard.press('Enter');
    };
    await page.getByRole('button', { name: 'Esci' }).click();
    await page.getByLabel('Nome utente').waitFor();
    await again(() => page.getByLabel('Codice a 6 cifre').fill(codeOf(key, 1)));
    await page.getByRole('heading', { name: 'Registro' }).waitFor();
    const withRecovery = async () => {
      await page.getByRole('button', { name: 'Esci' }).click();
      await page.getByLabel('Nome utente').waitFor();
      await again(async () => {
        await page.getByRole('button', { name: /Usa un codice di recupero/ }).click();
        await page.getByLabel('Codice di recupero').fill(recovery[0] ?? '');
      });
    };
    await withRecovery();
    await page.getByRole('heading', { name: 'Registro' }).waitFor();

    // The log, which is an auditor's first page, tells of it, and goes into a file.
    await page.getByLabel('Righe').selectOption({ label: 'Accessi' });
    await page.getByRole('button', { name: 'Dora Due' }).first().waitFor();
    const { name, text } = await downloaded(page, () => page.getByRole('link', { name: 'Esporta CSV' }).click());
    expect(name).toBe('registro.csv');
    expect(text.split('\n')[0]).toBe('id,at,kind,actor,actor_name,act,route,object,object_name,outcome,address,place,hidden');
    expect(text).toContain('Dora Due');
    expect(text).not.toContain(password);

    await withRecovery();
    await page.getByText('Il codice non è giusto').waitFor();
    await page.goto(`${demo.internal_url}/invito#${secret}`);
    await page.reload();
    await page.getByLabel('Nuova password').fill(password);
    await page.getByLabel('Ripeti la password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByText(/Questo collegamento non funziona più.*Chiedine uno nuovo/).waitFor();
  },
);
