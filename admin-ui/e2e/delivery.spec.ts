import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { answers, askExpert, conversation, notices, pathOf, request, type Request } from './desk';
import { confirmed, delivered, reply, ticketAbout, undecided } from './hub';
import { demo, test, type Stage } from './stage';
import { arrived, fault, mailTown, stranger } from './world';

/** An address whose mail server takes everything and sends it back two seconds later. */
const bouncing = 'rimbalza@posta.example';

test('an answer whose outcome nobody can prove is uncertain, until somebody says that it arrived', async ({ stage }) => {
  const made = await uncertain('Rimborso mensa');
  const page = await openTask(stage, 'uncertain', made);
  await page
    .getByText(/Il collegamento è caduto durante l’invio/)
    .first()
    .waitFor();
  await stage.shot(page, 'uncertain');
  await page.getByLabel('È arrivato').check();
  await page.getByRole('button', { name: 'Conferma la decisione' }).click();
  await page.getByText('Scrivi il motivo: resta agli atti.').waitFor();
  await page.getByLabel('Motivo della decisione').fill('Sentito al telefono: ha ricevuto.');
  await page.getByRole('button', { name: 'Conferma la decisione' }).click();
  await notices(page).getByText('Segnato come arrivato').waitFor();
  await gone(page, made.subject);
  await page.goto(demo.internal_url + pathOf(made.number));
  await answers(page).getByText('deciso da una persona').waitFor();
  expect(await answers(page).getByText('l’esito non è noto').count()).toBe(0);
  expect(await arrived(made.citizen, new RegExp(`^Re: ${made.subject}`))).toHaveLength(1);
});

test('an uncertain answer is sent again when somebody decides so', async ({ stage }) => {
  const made = await uncertain('Voucher sport');
  const page = await openTask(stage, 'uncertain', made);
  await page.getByLabel('Invia di nuovo').check();
  await page.getByText('Il destinatario potrebbe riceverlo due volte.').waitFor();
  await page.getByLabel('Motivo della decisione').fill('Il cittadino dice di non aver ricevuto nulla.');
  await page.getByRole('button', { name: 'Conferma la decisione' }).click();
  await notices(page).getByText('In coda per un nuovo invio').waitFor();
  await arrived(made.citizen, new RegExp(`^Re: ${made.subject}`), 2);
  await delivered(made.number, 'accepted');
  await gone(page, made.subject);
});

test('an answer to an address that does not exist waits for a decision and goes to another one', async ({ stage }) => {
  const made = await request('Contributo caldaia');
  await reply(made.number, { text: 'Il contributo spetta.', to: [{ kind: 'email', address: 'inesistente@posta.example' }] });
  await delivered(made.number, 'failed');
  const page = await openTask(stage, 'failed', made);
  await page
    .getByText(/L’indirizzo non esiste|Il destinatario non può ricevere/)
    .first()
    .waitFor();
  await page
    .getByText(/No such user here/)
    .first()
    .waitFor();
  await stage.shot(page, 'failed');
  await page.getByLabel(new RegExp(`Invia per e-mail a ${made.citizen}`)).waitFor();
  await page.goto(demo.internal_url + pathOf(made.number));
  await answers(page)
    .getByText(`L’indirizzo inesistente@posta.example non è raggiungibile: si può mandare per e-mail a ${made.citizen}`)
    .waitFor();
  await stage.shot(page, 'elsewhere');
  const send = answers(page).getByRole('button', { name: `Manda a ${made.citizen}` });
  await send.focus();
  await page.keyboard.press('Enter');
  await notices(page).getByText('In coda sul nuovo recapito').waitFor();
  await send.waitFor({ state: 'detached' });
  await arrived(made.citizen, new RegExp(`^Re: ${made.subject}`));
});

test('an answer that bounces after it was accepted turns failed, and one can give up', async ({ stage }) => {
  const subject = 'Sgombero della cantina';
  await mailTown({ from: bouncing, subject });
  const { number } = await ticketAbout(subject);
  const desk = await stage.operator(pathOf(number));
  await reply(number, { text: 'Passiamo giovedì.', to: [{ kind: 'email', address: bouncing }] });
  await delivered(number, 'failed');
  await conversation(desk).getByText('Mancato recapito').first().waitFor();
  await answers(desk).getByRole('link', { name: 'Decidi' }).click();
  await desk.getByLabel('Rinuncia').check();
  await desk.getByLabel('Motivo della decisione').fill('Avvisato per telefono.');
  await desk.getByRole('button', { name: 'Conferma la decisione' }).click();
  await notices(desk).getByText('Invio chiuso').waitFor();
  // What is left is the town's own confirmation, which came back as well.
  await expect.poll(async () => (await undecided('failed')).filter((each) => each.ticket === number).length).toBe(1);
});

test('letters to experts that were refused go again when somebody decides so, or are let go', async ({ stage }) => {
  const made = await request('Distanza dal confine', 'confine');
  const page = await stage.operator(pathOf(made.number));
  const [surveyor, lawyer] = [stranger('geometra'), stranger('avvocato')];
  const asked = (expert: string) => page.getByRole('region', { name: `Chiesto all’esperto ${expert}` });
  for (const expert of [surveyor, lawyer]) {
    await fault({ kind: 'reject_recipient', match: expert, code: 550 });
    await askExpert(page, expert, 'Tre metri bastano?');
    await asked(expert).getByText('La lettera non è arrivata.').waitFor();
  }
  await asked(surveyor).getByRole('link', { name: 'Invia di nuovo o cambia indirizzo' }).click();
  await page.getByRole('heading', { name: 'Non consegnati' }).waitFor();
  await page.getByRole('definition').filter({ hasText: surveyor }).waitFor();
  await stage.shot(page, 'expert-refused');
  await page.getByLabel('Riprova allo stesso recapito').check();
  await page.getByRole('button', { name: 'Conferma la decisione' }).click();
  await notices(page).getByText('In coda per un nuovo invio').waitFor();
  await page.getByRole('link').filter({ hasText: lawyer }).click();
  await page.getByLabel('Rinuncia').check();
  await page.getByLabel('Motivo della decisione').fill('Sentito al telefono.');
  await page.getByRole('button', { name: 'Conferma la decisione' }).click();
  await notices(page).getByText('Invio chiuso').waitFor();
  await arrived(surveyor, /Richiesta di parere/);

  // Both are still asked, and of neither letter is anything left to decide.
  await page.goto(demo.internal_url + pathOf(made.number));
  await asked(surveyor).waitFor();
  await asked(lawyer).waitFor();
  expect(await page.getByText('La lettera non è arrivata.').count()).toBe(0);
  expect((await undecided('failed')).filter((each) => each.ticket === made.number)).toEqual([]);
});

/** A request whose answer was cut off between its last byte and the mail server's word. */
async function uncertain(subject: string): Promise<Request> {
  const made = await request(subject);
  await confirmed(made.number);
  await fault({ kind: 'drop_after_data', match: made.citizen });
  await reply(made.number, { text: 'La domanda è stata accolta.' });
  await delivered(made.number, 'uncertain');
  return made;
}

async function openTask(stage: Stage, state: 'failed' | 'uncertain', { subject, number }: Request): Promise<Page> {
  const task = (await undecided(state)).find((each) => each.ticket === number);
  expect(task?.state).toBe(state);
  const page = await stage.operator(`/deliveries/${state}`);
  await page.getByRole('link').filter({ hasText: subject }).click();
  await page.getByRole('heading', { name: 'Che cosa vuoi fare?' }).or(page.getByText('Che cosa vuoi fare?')).first().waitFor();
  return page;
}

async function gone(page: Page, subject: string) {
  await page.getByRole('list').getByRole('link').filter({ hasText: subject }).waitFor({ state: 'detached' });
}
