import type { Page, Route } from 'playwright-core';
import { expect } from 'vitest';
import { answers, citizenAnswers, conversation, editor, notices, pathOf, request } from './desk';
import { handOver, messages, officeOf, sameCode } from './hub';
import { axe, demo, test } from './stage';
import { stranger } from './world';

/** The tests of this file change settings, so they sign in as somebody no other test is. */
const login = 'sara';

test('the language changes at once, for every word of the frame, and stays', async ({ stage }) => {
  const page = await stage.operator('/settings', { login });
  await page.getByLabel('English').check();
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await page.getByRole('link', { name: /Unassigned/ }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  await stage.shot(page, 'settings-english');
  await page.getByLabel('Italiano').check();
  await page.getByRole('heading', { name: 'Impostazioni', exact: true }).waitFor();
});

test('the theme follows the system until one is chosen', async ({ stage }) => {
  const page = await stage.operator('/settings', { login, theme: 'dark' });
  await page.getByRole('heading', { name: 'Impostazioni', exact: true }).waitFor();
  expect(await brightness(page)).toBeLessThan(0.3);
  await page.getByLabel('Chiaro').check();
  await expect.poll(() => brightness(page)).toBeGreaterThan(0.8);
  await page.reload();
  await page.getByRole('heading', { name: 'Impostazioni', exact: true }).waitFor();
  expect(await brightness(page)).toBeGreaterThan(0.8);
  await page.getByLabel('Scuro').check();
  await expect.poll(() => brightness(page)).toBeLessThan(0.3);
  await page.getByLabel('Come il sistema').check();
  await notices(page).getByText('Impostazioni salvate').first().waitFor();
});

test('a letter about something else becomes a request of its own, and back', async ({ stage }) => {
  const made = await request('Buca in via Verdi');
  const page = await stage.operator(pathOf(made.number), { login });
  await conversation(page).getByRole('article').first().waitFor();
  await citizenAnswers(stage, made, 'Vorrei iscrivere mia figlia alla mensa.', 'Iscrizione alla mensa');
  const letter = conversation(page).getByRole('article').filter({ hasText: 'Oggetto cambiato' });
  const act = letter.getByRole('button', { name: 'Separa in una nuova richiesta' });
  await conversation(page).getByText('Oggetto cambiato: «Iscrizione alla mensa»').waitFor();
  await stage.shot(page, 'subject-changed');
  await act.press('Enter');
  await notices(page)
    .getByText(/Messaggio spostato nella nuova richiesta/)
    .waitFor();
  await page.getByText(/Da qui è stata separata la/).waitFor();
  const texts = async () => (await messages(made.number)).map((each) => each.text).join();
  expect(await texts()).not.toContain('mensa');
  await notices(page).getByRole('button', { name: 'Annulla' }).click();
  await notices(page).getByText('Le richieste sono di nuovo una sola.').waitFor();
  await conversation(page).getByText('Vorrei iscrivere mia figlia alla mensa.').waitFor();
  expect(await texts()).toContain('mensa');
});

test('the keyboard reaches everything: help, palette, queues, tickets', async ({ stage }) => {
  const made = await request('Tombola di Natale');
  const page = await stage.operator('/', { login });
  await page.getByRole('heading', { name: 'Da fare', exact: true }).waitFor();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Scorciatoie da tastiera' });
  await help.getByText('Richiesta successiva').waitFor();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });

  // Two keys in a row go to a queue.
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.getByRole('heading', { name: 'Tutte aperte' }).waitFor();

  // The palette finds a command by a synonym and a ticket by its number.
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Cerca o comanda' });
  await page.keyboard.type('quarantena');
  await palette.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Da verificare', exact: true }).waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type(made.number);
  await palette.getByText('Tombola di Natale').waitFor();
  await page.keyboard.press('Enter');
  await conversation(page).waitFor();
  expect(page.url()).toContain(made.number);

  // A dialog gives the focus back where it was.
  await page.keyboard.press('u');
  await page.getByRole('button', { name: 'Cerca o comanda' }).or(page.getByTitle('Cerca o comanda')).first().focus();
  await page.keyboard.press('Enter');
  await palette.waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('title'))).toBe('Cerca o comanda');
});

test('one act on many names what was refused; what is put aside comes back when the citizen writes', async ({ stage }) => {
  const [one, two] = [await request('Neve in via Roma'), await request('Neve in piazza Dante')];
  const page = await stage.operator('/inbox/unassigned?order=newest', { login });
  const list = page.getByRole('region', { name: 'Elenco delle richieste' });
  for (const { number } of [one, two]) await list.getByRole('checkbox', { name: new RegExp(number) }).check();
  // Of the second an older state is sent, as when a colleague was faster.
  const older = (route: Route) => {
    const sent = route.request().postDataJSON() as { tickets: { number: string; version: number }[] };
    for (const each of sent.tickets) if (each.number === two.number) each.version--;
    return route.continue({ postData: JSON.stringify(sent) });
  };
  await page.route('**/tickets/acts', older, { times: 1 });
  await page.getByRole('group', { name: 'Azioni sulle richieste selezionate' }).getByRole('button', { name: 'Rimanda' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rimanda' }).click();
  const report = page.getByRole('region', { name: '1 richiesta non è cambiata' });
  await report.getByText(/Un collega l’ha modificata nel frattempo/).waitFor();
  expect(await report.getByRole('listitem').textContent()).toContain(two.number);
  await stage.shot(page, 'bulk-refused');
  expect(await list.getByRole('checkbox', { name: new RegExp(two.number) }).isChecked()).toBe(true);

  await page.goto(`${demo.internal_url}/inbox/snoozed?order=newest`);
  const aside = list.getByRole('link').filter({ hasText: one.number });
  await aside.waitFor();
  await citizenAnswers(stage, one, 'Ci sono novità?');
  await page.goto(`${demo.internal_url}${pathOf(one.number)}`);
  await conversation(page).getByText('Ci sono novità?').waitFor();
  await page.getByText('Tornata da fare: il cittadino ha scritto').first().waitFor();
});

test('after a click on a queue, j and Enter open a ticket of it', async ({ stage }) => {
  const page = await stage.operator('/settings', { login });
  await page.getByRole('link', { name: /Tutte aperte/ }).click();
  const list = page.getByRole('region', { name: 'Elenco delle richieste' });
  await list.getByRole('link').first().waitFor();
  await page.keyboard.press('j');
  await conversation(page).getByRole('article').first().waitFor();
  const first = page.url();
  await page.keyboard.press('j');
  await expect.poll(() => page.url()).not.toBe(first);
  await page.keyboard.press('k');
  await expect.poll(() => page.url()).toBe(first);
  await page.keyboard.press('Enter');
  await conversation(page).getByRole('article').first().waitFor();
});

test('single-key shortcuts can be switched off', async ({ stage }) => {
  const page = await stage.operator('/settings', { login });
  const box = page.getByLabel(/Scorciatoie a tasto singolo/);
  await box.uncheck();
  await page.goto(`${demo.internal_url}/inbox/all`);
  const list = page.getByRole('region', { name: 'Elenco delle richieste' });
  await list.getByRole('link').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Cerca o comanda' }).waitFor();
  expect(await page.getByRole('dialog').count()).toBe(1);
  expect(new URL(page.url()).pathname).toBe('/inbox/all');
});

test('a visit is recorded by keyboard with few strokes, survives a closed form and a lost answer, and is one request', async ({
  stage,
}) => {
  const made = await request('Carta d’identità', 'teresa');
  const page = await stage.operator('/', { login });
  await page.getByRole('heading', { name: 'Da fare', exact: true }).waitFor();
  // The hub takes it and the answer is lost: the same is sent again, and is the same request.
  stage.allow(/Failed to load resource/);
  const numbers: string[] = [];
  await page.route('**/api/v1/tickets', async (route) => {
    const answer = await route.fetch();
    numbers.push(((await answer.json()) as { number: string }).number);
    await (numbers.length === 1 ? route.abort() : route.fulfill({ response: answer }));
  });
  const form = page.getByRole('dialog', { name: 'Visita o chiamata' });
  let strokes = 0;
  const press = (keys: string) => ((strokes += keys.split('+').length), page.keyboard.press(keys));
  const type = (text: string) => ((strokes += text.length), page.keyboard.type(text));

  await press('v');
  await form.getByRole('combobox', { name: 'Chi', exact: true }).waitFor();
  await page.keyboard.type(made.citizen);
  strokes += 'teresa'.length; // as a name is typed: the address here is one that no other test has
  await form.getByRole('option').nth(1).waitFor(); // the one found, before the new person
  await press('ArrowDown');
  await press('Enter');
  await type('Orari della carta d’identità');
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('heading', { name: 'Da fare', exact: true }).waitFor();
  await page.keyboard.press('v');
  await form.getByText('Hai ritrovato quello che avevi iniziato a scrivere.').waitFor();
  expect(await form.getByRole('textbox', { name: 'Che cosa chiede' }).inputValue()).toBe('Orari della carta d’identità');
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'visit');

  await press('Control+Enter');
  const saved = page.getByRole('dialog', { name: 'Registrata' });
  await saved.waitFor();
  expect(numbers.length, 'sent again').toBeGreaterThan(1);
  expect(new Set([...numbers, await saved.locator('data').getAttribute('value')]).size).toBe(1);
  expect(strokes).toBeLessThan(45);
  await saved.getByRole('button', { name: /Manda il numero per e-mail/ }).click();
  await saved.getByText(/Numero mandato a/).waitFor();
  expect(await saved.getByRole('button', { name: 'Un’altra' }).count()).toBe(1);
  await stage.shot(page, 'visit-recorded');
  await saved.getByRole('link', { name: 'Apri la richiesta' }).click();
  const said = await messages(numbers[0] ?? '');
  expect(said.map((each) => [each.direction, each.way, each.text.split('\n')[0]])).toEqual([
    ['inbound', 'counter', 'Orari della carta d’identità'],
    ['outbound', 'counter', 'Risposta data a voce.'],
    ['outbound', undefined, 'Buongiorno,'],
  ]);
  await conversation(page)
    .getByText(/Registrata da/)
    .waitFor();
});

test('a ticket is taken, handed over and resolved from its head', async ({ stage }) => {
  const made = await request('Panchina rotta');
  const page = await stage.operator(`/inbox/all/${made.number}`, { login });
  await conversation(page).getByRole('article').first().waitFor();
  await page.keyboard.press('m');
  await notices(page).getByText('Presa in carico').waitFor();
  await page.getByText('Assegnata a Sara Marini').first().waitFor();
  await page.keyboard.press('e');
  await page.getByRole('option', { name: 'Risposto dallo sportello' }).waitFor();
  await page.keyboard.press('Enter');
  // What goes with its act leaves the keyboard to what stands in its place.
  await expect.poll(() => focused(page)).toBe('Riapri');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Risolvi' }).waitFor();
});

test('an office is asked, answers, and its answer goes into the reply to the citizen', async ({ stage }) => {
  const made = await request('Cambio di residenza');
  const page = await stage.operator(pathOf(made.number), { login });
  await conversation(page).getByRole('article').first().waitFor();
  await page.getByRole('button', { name: 'Chiedi a un ufficio' }).click();
  const dialog = page.getByRole('dialog', { name: 'Chiedi a un ufficio' });
  await dialog.getByLabel('Ufficio', { exact: true }).selectOption('Anagrafe e stato civile');
  await dialog.getByLabel('Che cosa chiedi').fill('La pratica è già registrata?');
  await stage.shot(page, 'ask');
  await dialog.getByRole('button', { name: 'Chiedi' }).click();
  await page.getByRole('region', { name: 'Chiesto a Anagrafe e stato civile' }).getByRole('button', { name: 'Sollecita' }).press('Enter');
  await notices(page).getByText('Sollecito a Anagrafe e stato civile inviato').waitFor();
  await expect.poll(() => focused(page)).toBe('Sollecita');

  // What the office has answered it no longer sees, and is told so where it looks again.
  stage.allow(/404 .*\/tickets\//);
  // The office finds it in its own list, sees the request and answers; then it sees it no longer.
  const asked = await stage.operator('/asks/received', { login: 'luca', theme: 'dark' });
  await asked.getByRole('link', { name: /La pratica è già registrata/ }).click();
  const question = asked.getByRole('region', { name: 'URP chiede al tuo ufficio' });
  await question.waitFor();
  await conversation(asked).getByRole('article').first().waitFor();
  expect(await asked.getByRole('button', { name: 'Risolvi' }).count()).toBe(0);
  expect(await asked.getByRole('button', { name: /Rispondi a/ }).count()).toBe(0);
  await stage.shot(asked, 'asked-dark');
  await question.getByRole('button', { name: 'Rispondi' }).click();
  await asked.getByLabel('Risposta', { exact: true }).fill('Sì, dal 12 novembre.');
  await asked.getByRole('button', { name: 'Invia la risposta' }).click();
  await notices(asked).getByText('Risposta inviata a URP').waitFor();
  await asked.getByRole('link', { name: /La pratica è già registrata/ }).waitFor({ state: 'detached' });
  await stage.shot(asked, 'asked-answered-dark');

  const ended = page.getByRole('region', { name: 'Anagrafe e stato civile ha risposto' });
  await ended.waitFor();
  await stage.shot(page, 'answered');
  await ended.getByRole('button', { name: 'Usa nella risposta' }).click();
  await editor(page).getByText('Sì, dal 12 novembre.').waitFor();
  await ended.waitFor({ state: 'detached' });
  await page.getByText(/Partirà per/).waitFor();
  await stage.shot(page, 'answer-in-reply');
  await page.keyboard.press('Control+Enter');
  await answers(page).getByText('Sì, dal 12 novembre.').waitFor();

  // Somebody outside is asked about the same request, by real mail: what is known of the citizen stays here.
  const expert = stranger('geometra');
  await page.getByRole('button', { name: 'Chiedi a un ufficio' }).click();
  await page.getByRole('radio', { name: 'Un esperto esterno' }).click();
  const outside = page.getByRole('dialog', { name: 'Chiedi a un esperto esterno' });
  await outside.getByLabel('Indirizzo e-mail dell’esperto').fill(expert);
  await outside.getByLabel('Che cosa chiedi').fill('La planimetria basta?');
  await outside.getByText('Che cosa parte insieme').click();
  await outside.getByRole('checkbox', { name: new RegExp(made.citizen) }).check();
  await outside.getByRole('button', { name: 'Rileggi la lettera' }).click();
  await outside.getByText('> Buongiorno.').waitFor();
  await stage.shot(page, 'expert');
  await outside.getByRole('button', { name: 'Invia all’esperto' }).click();
  await page.getByRole('region', { name: `Chiesto all’esperto ${expert}` }).waitFor();
  await stage.shot(page, 'expert-asked');
  await citizenAnswers(stage, { citizen: expert, number: 'Richiesta di parere', subject: '' }, 'Basta, se è quotata.');
  const said = page.getByRole('region', { name: `${expert} ha risposto` });
  await said.getByText('Basta, se è quotata.').waitFor();
  const note = conversation(page).locator('[data-direction=note]').filter({ hasText: 'Basta, se è quotata.' });
  await note.getByText('Risposta di un esperto').waitFor();
  await stage.shot(page, 'expert-answered');
  await said.getByRole('button', { name: 'Usa nella risposta' }).click();
  await editor(page).getByText('Basta, se è quotata.').waitFor();
});

test('an office shares its requests out: who is there gets what there is room for, who is away gets none', async ({ stage }) => {
  const office = await officeOf('Centro anziani', [
    { login: 'piera', name: 'Piera Presente' },
    { login: 'aldo', name: 'Aldo Assente' },
  ]);
  const [first, second] = [await request('Corso di ballo'), await request('Gita al lago')];
  await handOver(office, first.number, second.number);
  const page = await stage.operator(`/offices/${office}`, { login: 'admin' });
  await page.getByRole('button', { name: 'Limite e assenze di Aldo Assente' }).click();
  const absence = page.getByRole('dialog', { name: 'Aldo Assente' }).getByRole('form', { name: 'Nuova assenza' });
  await absence.getByLabel('Primo giorno').fill(romanDay(0));
  await absence.getByLabel('Ultimo giorno').fill(romanDay(2));
  await absence.getByRole('button', { name: 'Aggiungi' }).click();
  await notices(page).getByText('Assenza registrata').waitFor();
  await page.keyboard.press('Escape');
  const sharing = page.getByRole('form', { name: 'Distribuzione del lavoro' });
  await sharing.getByLabel('Come si distribuiscono le richieste').selectOption('Automatica');
  await sharing.getByLabel(/Richieste in attesa per persona/).fill('1');
  await sharing.getByRole('button', { name: 'Salva' }).click();
  await notices(page).getByText('Distribuzione salvata').waitFor();
  await page
    .getByRole('list', { name: 'Chi fa parte dell’ufficio' })
    .getByText(/^assente fino al/)
    .waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'sharing-out');

  await page.goto(demo.internal_url + pathOf(first.number));
  await page.getByText('Assegnata in automatico a Piera Presente').first().waitFor({ timeout: 45_000 });
  await page.goto(`${demo.internal_url}/offices/${office}`);
  await page.getByRole('button', { name: 'Prova: a chi andrebbero adesso' }).click();
  await page.getByText('C’è una persona a cui assegnare.').waitFor();
  const waiting = page.getByRole('list', { name: 'Prova: a chi andrebbero adesso' }).getByRole('listitem');
  expect(await waiting.count()).toBe(1);
  expect(await waiting.textContent()).toMatch(new RegExp(`${second.number}.*resta in coda`));
  await page.getByRole('link', { name: 'Smistamento' }).click();
  const log = page
    .getByRole('region', { name: 'Ultime assegnazioni automatiche' })
    .getByRole('listitem')
    .filter({ hasText: 'Centro anziani' });
  await log.filter({ hasText: first.number }).getByText('assegnata a Piera Presente').waitFor();
  expect(await log.count()).toBe(1);
});

test('two cards of one person are found in the town, compared, and merged', async ({ stage }) => {
  const [one, other] = [await request('Prima scheda', 'doppia'), await request('Seconda scheda', 'doppia')];
  await sameCode('RSSMRA85T10A562S', one.number, other.number);
  const page = await stage.operator('/duplicates', { login, theme: 'dark' });
  await page.getByRole('link', { name: /stesso codice fiscale: RSSMRA85T10A562S/ }).click();
  await page.getByText('Resta questa scheda').first().waitFor();
  await page
    .getByText(new RegExp(`${one.citizen}.*${other.citizen}|${other.citizen}.*${one.citizen}`))
    .first()
    .waitFor();
  await stage.shot(page, 'pairs-dark');
  await page.getByRole('button', { name: 'Unisci' }).click();
  await notices(page).getByText('Schede unite').waitFor();
  await page.getByRole('link', { name: /RSSMRA85T10A562S/ }).waitFor({ state: 'detached' });
});

test('a request is handed over with a note, and comes back with a reason', async ({ stage }) => {
  const made = await request('Certificato di nascita');
  const page = await stage.operator(pathOf(made.number), { login });
  await conversation(page).getByRole('article').first().waitFor();
  await page.getByRole('button', { name: 'Ufficio: URP' }).click();
  await page.getByRole('option', { name: 'Anagrafe e stato civile' }).click();
  const dialog = page.getByRole('dialog', { name: 'Passa a Anagrafe e stato civile' });
  await dialog.getByLabel(/Nota per l’ufficio/).fill('Serve l’estratto.');
  await stage.shot(page, 'transfer');
  await dialog.getByRole('button', { name: 'Passa la richiesta' }).click();
  await conversation(page).getByText('Serve l’estratto.').waitFor();

  // Who is named in a note is told at once, opens it from the list of mentions, and has read it then; what the sample
  // town's colleagues wrote before is read.
  const office = await stage.operator('/mentions', { login: 'luca', theme: 'dark' });
  await office.getByRole('button', { name: 'Segna tutte come lette' }).click();
  await office.getByRole('link', { name: 'Menzioni', exact: true }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('textbox', { name: 'Testo della nota interna' }).pressSequentially('Guarda qui @luc');
  await page.getByRole('option', { name: /^Luca/ }).waitFor();
  await stage.shot(page, 'mention-offers');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Testo della nota interna' }).pressSequentially('per favore');
  await page.keyboard.press('Control+Enter');
  await conversation(page).getByRole('list', { name: 'Menzionati' }).waitFor();
  await stage.shot(page, 'mention-note');

  // Who has given it back sees it no longer, and is told so where he looks again.
  stage.allow(/404 .*\/tickets\//);
  await office.getByRole('link', { name: /^Menzioni\s*, 1 in attesa/ }).waitFor();
  await office.getByRole('link', { name: /Da leggere:.*Guarda qui @Luca/ }).click();
  await conversation(office).getByRole('list', { name: 'Menzionati' }).waitFor();
  await office.getByRole('link', { name: 'Menzioni', exact: true }).waitFor();
  await stage.shot(office, 'mentions-dark');
  await office.getByRole('button', { name: 'Restituisci a URP' }).click();
  await office.getByLabel('Motivo').fill('Non di competenza.');
  await stage.shot(office, 'transfer-back-dark');
  await office.getByRole('button', { name: 'Restituisci la richiesta' }).click();
  await notices(office).getByText('Restituita a URP').waitFor();
  await office.getByRole('link', { name: /Guarda qui @Luca/ }).waitFor({ state: 'detached' });
  await conversation(page).getByText('Non di competenza.').waitFor();
  await page.getByRole('button', { name: 'Ufficio: URP' }).waitFor();
  await stage.shot(page, 'transferred-back');
});

/** What has the keyboard, by its words. */
function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent.trim());
}

/** A day of the town's calendar, so many from today. */
function romanDay(later: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome' }).format(Date.now() + later * 86_400_000);
}

/** How bright the page is: 0 black, 1 white. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  return Number(/^oklch\(([\d.]+)/.exec(colour)?.[1] ?? NaN);
}
