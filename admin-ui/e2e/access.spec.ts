import { expect } from 'vitest';
import { axe, demo, passwordOf, test } from './stage';

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
