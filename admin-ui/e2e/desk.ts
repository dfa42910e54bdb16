import type { Locator, Page } from 'playwright-core';
import { ticketAbout } from './hub';
import { demo, type Stage } from './stage';
import { arrived, mailTown, stranger } from './world';

/** A request that a citizen of its own has just made. */
export interface Request {
  citizen: string;
  number: string;
  subject: string;
}

/** Lets a new citizen write to the town, and waits for the ticket. */
export async function request(subject: string, name = 'cittadino'): Promise<Request> {
  const citizen = stranger(name);
  await mailTown({ from: citizen, subject });
  const { number } = await ticketAbout(subject);
  return { citizen, number, subject };
}

/** The conversation of the open ticket. */
export function conversation(page: Page): Locator {
  return page.getByRole('region', { name: 'Conversazione' });
}

/** The answers on the open ticket, without the town's automatic ones. */
export function answers(page: Page): Locator {
  return conversation(page).locator('[data-direction=outbound][data-automatic=false]');
}

/** The text being written as an answer. */
export function editor(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Testo della risposta' });
}

/** The notices above the page. */
export function notices(page: Page): Locator {
  return page.getByRole('region', { name: 'Avvisi' });
}

/** Opens the place to write an answer. */
export async function beginReply(page: Page): Promise<Locator> {
  await conversation(page).getByRole('article').first().waitFor();
  await page.keyboard.press('r');
  const text = editor(page);
  await text.waitFor();
  await page.getByText(/Partirà per/).waitFor();
  return text;
}

/** Lets the citizen of a request answer the town's confirmation on their own page, under another subject if one is given. */
export async function citizenAnswers(stage: Stage, { citizen, number }: Request, text: string, subject?: string): Promise<void> {
  const [letter] = await arrived(citizen, new RegExp(number));
  const page = await stage.citizen(`/posta/${citizen}/arrivo/${letter?.uid}`);
  await page.getByRole('link', { name: 'Rispondi', exact: true }).click();
  await page.getByLabel('Testo').fill(text);
  if (subject) await page.getByLabel('Oggetto').fill(subject);
  await page.getByRole('button', { name: 'Invia' }).click();
  await page.getByText('Messaggio inviato.').waitFor();
  await page.close();
}

/** Asks somebody outside about the open ticket, with nothing but the question. */
export async function askExpert(page: Page, expert: string, question: string): Promise<void> {
  await conversation(page).getByRole('article').first().waitFor();
  await page.getByRole('button', { name: 'Chiedi a un ufficio' }).click();
  await page.getByRole('radio', { name: 'Un esperto esterno' }).click();
  const dialog = page.getByRole('dialog', { name: 'Chiedi a un esperto esterno' });
  await dialog.getByLabel('Indirizzo e-mail dell’esperto').fill(expert);
  await dialog.getByLabel('Che cosa chiedi').fill(question);
  await dialog.getByRole('button', { name: 'Invia all’esperto' }).click();
}

/** Where a ticket is shown. */
export function pathOf(number: string): string {
  return `/inbox/all/${number}`;
}

/** Ends the session of a page behind its back, as time or an administrator does. */
export async function endSession(page: Page): Promise<void> {
  const answer = await page.context().request.delete(`${demo.internal_url}/api/v1/session`);
  if (!answer.ok()) throw new Error(`ending the session: ${answer.status()}`);
}
