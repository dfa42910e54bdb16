import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beginReply, conversation, editor, pathOf } from './desk';
import { confirmed, delivered, ticketAbout } from './hub';
import { demo, sizes, test, type Stage } from './stage';
import { arrived, mailTown } from './world';

const folder = join(import.meta.dirname, '../../deploy/screenshots');
const davide = 'davide.colombo@posta.example';
const subject = 'Buca pericolosa in via Garibaldi 88';

test('pictures for the README', async ({ stage }) => {
  await mkdir(folder, { recursive: true });
  const number = await conversationWithDavide(stage);
  await quarantine();
  const desk = await stage.operator(`/inbox/office/${number}?order=newest`);
  await lastSeen(desk);
  await keep(stage, desk, 'inbox-light');
  await desk.emulateMedia({ colorScheme: 'dark' });
  await keep(stage, desk, 'inbox-dark');
  await desk.emulateMedia({ colorScheme: 'light' });

  const text = await beginReply(desk);
  await text.pressSequentially('Gentile signor Colombo,');
  await desk.keyboard.press('Enter');
  await text.pressSequentially('grazie a lei. Il ripristino definitivo è in programma ');
  await desk.keyboard.press('Control+b');
  await text.pressSequentially('giovedì 26 novembre, dalle 9 alle 12');
  await desk.keyboard.press('Control+b');
  await text.pressSequentially('; in quelle ore si passa da via Mazzini.');
  await desk
    .locator('input[type=file]')
    .setInputFiles({ name: 'Ordinanza 114.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(48_000) });
  await desk.getByRole('button', { name: 'Togli Ordinanza 114.pdf' }).waitFor();
  await desk.getByText(/Bozza salvata \d/).waitFor();
  await keep(stage, desk, 'composer');
  await desk.getByRole('button', { name: 'Elimina la bozza' }).click();
  await editor(desk).waitFor();

  await desk.goto(`${demo.internal_url}/quarantine`);
  await desk.getByRole('link').filter({ hasText: 'Aggiornamento normativo' }).click();
  await desk.getByRole('button', { name: 'Mostra l’originale' }).click();
  await desk.getByRole('region', { name: 'Originale' }).waitFor();
  await keep(stage, desk, 'quarantine');

  const citizen = await stage.citizen(`/posta/${davide}/arrivo`);
  await citizen.getByRole('link', { name: new RegExp(`Re: ${subject}`) }).click();
  await citizen.getByRole('article').waitFor();
  await keep(stage, citizen, 'citizen');

  const phone = await stage.operator(pathOf(number), { size: sizes.phone });
  await lastSeen(phone);
  await keep(stage, phone, 'mobile');
});

/** A citizen reports a pothole, is answered, and says thanks: with a photograph, a note and a closing question. */
async function conversationWithDavide(stage: Stage): Promise<string> {
  const citizen = await stage.citizen(`/scrivi/${davide}`);
  const photo = await citizen.screenshot({ type: 'jpeg', quality: 60 });
  await citizen.getByLabel('Oggetto').fill(subject);
  await citizen
    .getByLabel('Testo')
    .fill(
      'Buongiorno,\n\ndavanti al civico 88 di via Garibaldi si è aperta una buca di circa 40 cm, proprio sulla ciclabile. Stamattina una signora è caduta.\n\nAllego una fotografia.\n\nDavide Colombo',
    );
  await citizen
    .getByLabel('Allegati')
    .setInputFiles({ name: 'buca-via-garibaldi.jpg', mimeType: 'image/jpeg', buffer: photo });
  await send(citizen);
  const { number } = await ticketAbout(subject);
  await confirmed(number);

  const desk = await stage.operator(pathOf(number));
  await conversation(desk).getByRole('article').first().waitFor();
  await desk.keyboard.press('m');
  await desk.getByText('Presa in carico').first().waitFor();
  await desk.keyboard.press('n');
  const note = desk.getByRole('textbox', { name: 'Testo della nota interna' });
  await note.fill('Sentita la squadra strade: transenne entro le 11, asfalto a freddo oggi.');
  await desk.keyboard.press('Control+Enter');
  await conversation(desk).getByText('Sentita la squadra strade').waitFor();
  const answer = await desk.context().request.post(`${demo.internal_url}/api/v1/tickets/${number}/replies`, {
    headers: { 'Idempotency-Key': randomUUID() },
    data: {
      text: 'Gentile signor Colombo,\n\ngrazie della segnalazione. La squadra ha transennato la buca alle 10.40 e la chiude oggi con asfalto a freddo; il ripristino definitivo segue entro la settimana.',
    },
  });
  if (!answer.ok()) throw new Error(`answering: ${answer.status()}`);
  await desk.close();
  await delivered(number, 'accepted');

  const [letter] = await arrived(davide, new RegExp(`^Re: ${subject}`));
  await citizen.goto(`${demo.simulator_url}/posta/${davide}/arrivo/${letter?.uid}`);
  await citizen.getByRole('link', { name: 'Rispondi', exact: true }).click();
  await citizen.getByLabel('Testo').press('Control+Home');
  await citizen
    .getByLabel('Testo')
    .pressSequentially(
      'Grazie mille, velocissimi! Sapete già in che giorno sarà chiusa la strada?\n\nDavide\n',
    );
  await send(citizen);
  await citizen.close();
  return number;
}

async function send(citizen: Page) {
  await citizen.getByRole('button', { name: 'Invia' }).click();
  await citizen.getByText('Messaggio inviato.').waitFor();
}

async function quarantine() {
  const list = (id: string) => ({
    'List-Id': `<${id}>`,
    'List-Unsubscribe': `<https://${id}/via>`,
    Precedence: 'list',
  });
  const mails = [
    {
      from: 'redazione@entilocali-oggi.example',
      subject: 'Aggiornamento normativo n. 47',
      text: 'Le novità della settimana per gli enti locali.',
      headers: list('news.entilocali-oggi.example'),
    },
    {
      from: 'noreply@fornitore-energia.example',
      subject: 'La sua fattura è disponibile',
      text: 'La fattura di novembre è nella sua area clienti.',
      headers: { 'Auto-Submitted': 'auto-generated' },
    },
    {
      from: 'eventi@provincia-cultura.example',
      subject: 'Mostre di dicembre',
      text: 'Il calendario delle mostre.',
      headers: list('eventi.provincia-cultura.example'),
    },
  ];
  for (const mail of mails) await mailTown(mail);
}

async function lastSeen(page: Page): Promise<Locator> {
  const last = conversation(page).getByText('Sapete già in che giorno');
  await last.waitFor();
  await page.getByText('In diretta').first().waitFor({ state: 'attached' });
  return last;
}

/** Keeps a picture as WebP, which the browser itself can make. */
async function keep(stage: Stage, page: Page, name: string) {
  const shot = await page.screenshot({ animations: 'disabled' });
  const painter = await stage.person();
  const data = await painter.evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (each) => each.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = Object.assign(document.createElement('canvas'), {
      width: image.width,
      height: image.height,
    });
    canvas.getContext('2d')?.drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.84).split(',')[1] ?? '';
  }, shot.toString('base64'));
  await painter.close();
  await writeFile(join(folder, `${name}.webp`), Buffer.from(data, 'base64'));
}
