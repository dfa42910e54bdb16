import { type Page } from 'playwright-core';
import { expect } from 'vitest';
import { messages, ticketAbout } from './hub';
import { demo, downloaded, passwordOf, test } from './stage';
import { arrived, source } from './world';

const subject = 'Passo carraio davanti al portone';
const giulia = 'giulia.ferrero@posta.example';
const pdf = { name: 'Modulo passo carraio.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') };
/** Milliseconds within which what a citizen sends must be on the operator's screen. */
const live = 2000;

test('a citizen writes, an operator answers, the citizen answers back into the same ticket', { timeout: 90_000 }, async ({ stage }) => {
  stage.allow(/401.*\/api\/v1\/me/);
  const citizen = await stage.citizen();
  const desk = await stage.person();

  // The operator signs in and looks at a queue, the latest first.
  await desk.goto(`${demo.internal_url}/inbox/unassigned?order=newest`);
  await desk.getByLabel('Nome utente').fill('anna');
  await desk.getByLabel('Password', { exact: true }).fill(passwordOf('anna'));
  await desk.keyboard.press('Enter');
  await desk.getByText('In diretta').waitFor();
  const list = desk.getByRole('region', { name: 'Elenco delle richieste' });
  await list.getByRole('link').first().waitFor();

  // The citizen writes; it is in the list without a reload.
  await citizen.getByRole('link', { name: /Giulia Ferrero/ }).click();
  await citizen.getByRole('link', { name: 'Scrivi al Comune' }).click();
  expect(await citizen.getByLabel('A', { exact: true }).inputValue()).toBe(demo.mailbox);
  await citizen.getByLabel('Oggetto').fill(subject);
  await citizen.getByLabel('Testo').fill('Buongiorno,\n\nda ieri un furgone blocca il mio passo carraio.\n\nGiulia Ferrero');
  await send(citizen);
  const row = list.getByRole('link').filter({ hasText: subject });
  await within(live, () => row.waitFor());
  await stage.shot(desk, 'story-1-arrived');

  // The operator opens it by keyboard and sees why it is where it is.
  await desk.keyboard.press('j');
  const conversation = desk.getByRole('region', { name: 'Conversazione' });
  await conversation.getByText('da ieri un furgone blocca il mio passo carraio').waitFor();
  await conversation.getByText('Ha aperto questa richiesta.').waitFor();
  const { number } = await ticketAbout(subject);
  expect(desk.url()).toContain(number);

  // Before sending it says where the answer will go, and why.
  await desk.keyboard.press('r');
  const editor = desk.getByRole('textbox', { name: 'Testo della risposta' });
  await editor.waitFor();
  await desk.getByText(/Partirà per e-mail a .*giulia\.ferrero@posta\.example.* perché ha scritto da qui l’ultima volta/).waitFor();

  // Rich text and an attachment.
  await desk.keyboard.type('Gentile signora, ');
  await desk.keyboard.press('Control+b');
  await desk.keyboard.type('chiami la polizia locale');
  await desk.keyboard.press('Control+b');
  await desk.keyboard.type(' e compili il modulo.');
  await desk.locator('input[type=file]').setInputFiles(pdf);
  await desk.getByRole('button', { name: `Togli ${pdf.name}` }).waitFor();
  await stage.shot(desk, 'story-2-writing');
  await desk.keyboard.press('Control+Enter');

  // Ten seconds to think again, counted down; then it is on its way.
  const notices = desk.getByRole('region', { name: 'Avvisi' });
  const first = await secondsLeft(notices.getByText(/parte tra \d+ s/).textContent());
  expect(first).toBeGreaterThanOrEqual(8);
  expect(first).toBeLessThanOrEqual(10);
  await expect.poll(() => secondsLeft(notices.getByText(/parte tra \d+ s/).textContent()), { timeout: 5000 }).toBeLessThan(first - 1);
  await stage.shot(desk, 'story-3-countdown');
  const answer = conversation.getByRole('article', { name: 'Risposta: Anna Bianchi' });
  await answer.getByLabel('Consegna').getByText('Accettato').waitFor({ timeout: 20_000 });
  await answer.getByRole('link', { name: pdf.name }).waitFor();
  await stage.shot(desk, 'story-4-accepted');

  // A note in between stays inside.
  await desk.keyboard.press('n');
  const note = desk.getByRole('textbox', { name: 'Testo della nota interna' });
  await note.pressSequentially('Sentita la polizia locale: passano oggi.');
  await note.press('Control+Enter');
  await conversation.getByText('Sentita la polizia locale').waitFor();

  // The citizen reads it on their own page, which has followed by itself.
  await citizen.getByRole('link', { name: /Posta in arrivo/ }).click();
  await citizen
    .getByRole('link', { name: new RegExp(`Comune di Valdoria.*Re: .*${subject}`) })
    .first()
    .click();
  const letter = citizen.getByRole('article');
  await letter.getByText('chiami la polizia locale').first().waitFor();
  const file = await downloaded(citizen, () => letter.getByRole('link', { name: pdf.name }).click());
  expect(file).toEqual({ name: pdf.name, text: pdf.buffer.toString() });
  await citizen.getByRole('link', { name: 'Mostra con la grafica' }).click();
  expect(await citizen.frameLocator('iframe').locator('strong').textContent()).toBe('chiami la polizia locale');
  await stage.shot(citizen, 'story-5-citizen');

  // The citizen answers; it comes live into the same ticket.
  await citizen.getByRole('link', { name: 'Rispondi', exact: true }).click();
  await citizen.getByLabel('Testo').press('Control+Home');
  await citizen.getByLabel('Testo').pressSequentially('Grazie, il furgone non c’è più.\n');
  await send(citizen);
  await within(live, () => conversation.getByText('Grazie, il furgone non c’è più.').waitFor());
  await conversation.getByText('Qui perché risponde al codice riservato di questa richiesta.').waitFor();
  await stage.shot(desk, 'story-6-answered');
  expect(desk.url()).toContain(number);
  expect((await messages(number)).filter((each) => !each.automatic).map((each) => each.direction)).toEqual([
    'inbound',
    'outbound',
    'note',
    'inbound',
  ]);

  // Two letters came from the town, the confirmation and the answer, and neither tells of the note.
  const letters = await arrived(giulia, new RegExp(number), 2);
  const sources = await Promise.all(letters.map((each) => source(giulia, each.uid)));
  expect(sources.filter((each) => each.includes('polizia locale'))).toHaveLength(1);
  expect(sources.filter((each) => each.includes('passano oggi'))).toHaveLength(0);
});

async function send(citizen: Page) {
  await citizen.getByRole('button', { name: 'Invia' }).click();
  await citizen.getByText('Messaggio inviato.').waitFor();
}

/** Fails when something takes longer than it may. */
async function within(limit: number, wait: () => Promise<void>) {
  const began = Date.now();
  await wait();
  expect(Date.now() - began).toBeLessThan(limit);
}

async function secondsLeft(text: Promise<string | null>): Promise<number> {
  return Number(/tra (\d+) s/.exec((await text) ?? '')?.[1]);
}
