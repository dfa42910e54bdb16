import { expect } from 'vitest';
import { beginReply, notices, pathOf, request } from './desk';
import { ticketAbout } from './hub';
import { axe, demo, downloaded, test } from './stage';
import { mailTo, stranger } from './world';

/** What opens every mailbox of the simulated world that is not the town's. */
const password = 'valdoria';

test(
  'an administrator sets a mailbox up: a wrong password, the right one, and a letter that arrives',
  { timeout: 120_000 },
  async ({ stage }) => {
    const mailbox = stranger('tributi');
    const [imapHost, imapPort] = demo.imap.split(':') as [string, string];
    const [smtpHost, smtpPort] = demo.smtp.split(':') as [string, string];
    const page = await stage.operator('/channels', { login: 'admin' });
    await page.getByRole('link', { name: 'Aggiungi un canale' }).click();
    const form = page.getByRole('form', { name: 'Dati del canale' });
    await form.getByLabel('Aruba').check();
    expect(await form.getByLabel('Server', { exact: true }).first().inputValue()).toBe('imaps.aruba.it');
    await form.getByLabel('Un altro').check();

    // What is missing is named at its field before anything is tried.
    await form.getByRole('button', { name: 'Prova il collegamento' }).click();
    await form.getByText('Compila questo campo.').first().waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('field-name');
    expect(await axe(page)).toEqual([]);
    await stage.shot(page, 'setup-missing');

    await form.getByLabel('Nome', { exact: true }).fill('Posta Tributi');
    await form.getByLabel('Ufficio', { exact: true }).selectOption({ label: 'URP' });
    await form.getByLabel('Indirizzo', { exact: true }).fill(mailbox);
    const incoming = form.getByRole('group', { name: 'Posta in arrivo (IMAP)' });
    await incoming.getByLabel('Server', { exact: true }).fill(imapHost);
    await incoming.getByLabel('Porta').fill(imapPort);
    await incoming.getByLabel('Sicurezza').selectOption('none');
    await incoming.getByLabel('Password').fill('sbagliata');
    const outgoing = form.getByRole('group', { name: 'Posta in uscita (SMTP)' });
    await outgoing.getByLabel('Server', { exact: true }).fill(smtpHost);
    await outgoing.getByLabel('Porta').fill(smtpPort);
    await outgoing.getByLabel('Sicurezza').selectOption('none');
    await form.getByRole('button', { name: 'Prova il collegamento' }).click();

    const trial = page.getByRole('region', { name: 'Prova' });
    await trial.getByText('Un passo non è riuscito').waitFor({ timeout: 30_000 });
    await trial.getByText('Il server in arrivo rifiuta utente o password.').waitFor();
    await trial.getByText(/password per le app/).waitFor();
    await stage.shot(page, 'setup-wrong-password');
    expect(await axe(page)).toEqual([]);
    await trial.getByRole('listitem').filter({ hasText: 'rifiuta' }).first().getByRole('button', { name: 'Vai al campo' }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('field-imap-password');

    await page.keyboard.press('Control+a');
    await page.keyboard.type(password);
    await form.getByRole('button', { name: 'Prova il collegamento' }).click();
    await trial.getByText('Tutto funziona').waitFor({ timeout: 60_000 });
    await trial.getByText('Trovata in INBOX e tolta di nuovo.').waitFor();
    await stage.shot(page, 'setup-passed');
    await form.getByRole('button', { name: 'Crea il canale' }).click();
    await notices(page).getByText('Posta Tributi è stato creato e si sta avviando').waitFor();
    const card = page.getByRole('listitem').filter({ hasText: 'Posta Tributi' });
    await card.getByText('Attivo').waitFor({ timeout: 30_000 });
    await mailTo(mailbox, { from: stranger('cittadina'), subject: 'Scadenza della TARI' });
    await ticketAbout('Scadenza della TARI');

    // What lies on the server is compared with what is here.
    await card.getByRole('button', { name: 'Confronta con il server' }).click();
    await card.getByText(/C’è tutto\. Sul server 1, qui 1\./).waitFor();
    await stage.shot(page, 'setup-channels');

    // Its secrets are never shown again; what is changed is tried anew or saved on purpose.
    await card.getByRole('link', { name: /Configura/ }).click();
    expect(await incoming.getByLabel('Password').inputValue()).toBe('');
    await incoming.getByText('È memorizzata e non viene mostrata.').waitFor();
    await form.getByLabel('Nome', { exact: true }).fill('Posta dei Tributi');
    await form.getByRole('button', { name: 'Salva' }).click();
    const question = page.getByRole('dialog', { name: 'Salvare senza una prova riuscita?' });
    await question.getByRole('button', { name: 'Salva lo stesso' }).click();
    const renamed = page.getByRole('listitem').filter({ hasText: 'Posta dei Tributi' });
    await renamed.getByText('Attivo').waitFor({ timeout: 30_000 });

    // Another server gets no stored password.
    await renamed.getByRole('link', { name: /Configura/ }).click();
    stage.allow(/422/);
    await incoming.getByLabel('Server', { exact: true }).fill('localhost');
    await form.getByRole('button', { name: 'Prova il collegamento' }).click();
    await form.getByText('Il server è cambiato: riscrivi qui la password o il segreto.').first().waitFor();
    await page.getByRole('link', { name: 'Canali', exact: true }).first().click();

    await renamed.getByRole('button', { name: 'Metti in pausa' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Metti in pausa' }).click();
    await renamed.getByRole('button', { name: 'Archivia' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archivia' }).click();
    await notices(page).getByText('Posta dei Tributi archiviato').waitFor();
    await page.getByText('Canali archiviati (1)').waitFor();
  },
);

test('the setup of a channel is readable in the dark and on a phone', async ({ stage }) => {
  const dark = await stage.operator('/channels/new', { login: 'admin', theme: 'dark' });
  await dark.getByLabel('Google Workspace, Gmail').check();
  expect(await axe(dark)).toEqual([]);
  await stage.shot(dark, 'setup-dark');
  const phone = await stage.operator('/channels/new', { login: 'admin', size: { width: 390, height: 844 } });
  await phone.getByRole('form').waitFor();
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await stage.shot(phone, 'setup-phone');
});

test('an administrator signs for an office, and the composer shows it before sending; then sets a routing rule and invites somebody', async ({
  stage,
}) => {
  const page = await stage.operator('/offices', { login: 'admin' });
  await page.getByRole('link', { name: 'Anagrafe e stato civile' }).click();
  const facts = page.getByRole('form', { name: 'Dati' });
  await facts.getByLabel('Ufficio di ripiego').selectOption({ label: 'URP' });
  await facts.getByRole('button', { name: 'Salva', exact: true }).click();
  await notices(page).getByText('Ufficio salvato').waitFor();
  await page.getByLabel('Come il Comune').uncheck();
  const monday = page.getByRole('group', { name: 'Lunedì' });
  await monday.getByRole('button', { name: /^Aggiungi/ }).click();
  await monday.getByLabel('Apre').last().fill('12.30');
  await monday.getByText(/si sovrappongono/).waitFor();
  await monday.getByLabel('Apre').last().fill('14');
  await page.getByText(/con il termine di 2 giorni lavorativi scade/).waitFor();
  await page.getByRole('button', { name: 'Salva gli orari' }).click();
  await notices(page).getByText('Orari salvati').waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'office-hours');
  await page.getByRole('main').getByRole('link', { name: 'Uffici' }).click();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'offices');
  await page.getByRole('link', { name: 'URP', exact: true }).click();
  const form = page.getByRole('form', { name: 'Mittente e firma' });
  const signature = form.getByLabel('Firma', { exact: true });
  await signature.fill(`${await signature.inputValue()}\nA disposizione per chiarimenti`);
  await form.getByRole('button', { name: 'Salva mittente e firma' }).click();
  await notices(page).getByText('Mittente e firma salvati').waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'office');

  await page.getByRole('link', { name: 'Etichette' }).click();
  await page.getByRole('button', { name: 'Nuova etichetta' }).click();
  await page.getByLabel('Nome', { exact: true }).fill('Lampade votive');
  await page.keyboard.press('Enter');
  await notices(page).getByText('Etichetta «Lampade votive» creata').waitFor();

  await page.getByRole('link', { name: 'Smistamento' }).click();
  await page.getByRole('button', { name: 'Nuova regola' }).click();
  await page.getByLabel('Nome della regola').fill('Cimitero');
  await page.getByLabel('Parole o frasi').fill('loculo');
  await page.getByLabel('Ufficio', { exact: true }).selectOption({ label: 'Anagrafe e stato civile' });
  await page.getByLabel('Aggiungi un’etichetta').fill('votive');
  await page.getByRole('option', { name: 'Lampade votive' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Togli «Lampade votive»' }).waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'routing-rule');
  await page.getByRole('button', { name: 'Metti nell’elenco' }).click();
  const rule = page.getByRole('listitem').filter({ hasText: 'Cimitero' });
  await rule.getByRole('button', { name: 'Modifica' }).press('Alt+ArrowUp');
  await page.getByRole('button', { name: /^Prova sulle/ }).click();
  await rule.getByText(/^Avrebbe preso/).waitFor();
  await rule.getByText(/etichetta «Lampade votive»$/).waitFor();
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'routing');
  await page.getByRole('button', { name: 'Salva e metti in vigore' }).click();
  await page.getByText('Queste regole sono in vigore.').waitFor();
  await page.getByRole('link', { name: 'Etichette' }).click();
  await page.getByRole('button', { name: 'Archivia «Lampade votive»' }).click();
  await page.getByRole('dialog').getByText('regola «Cimitero»').waitFor();
  await page.keyboard.press('Escape');

  // Another tag takes its place, in the rule too.
  await page.getByRole('button', { name: 'Nuova etichetta' }).click();
  await page.getByLabel('Nome', { exact: true }).fill('Cimiteri');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Unisci «Lampade votive» a un’altra' }).click();
  const merge = page.getByRole('dialog', { name: 'Unisci «Lampade votive» a un’altra etichetta' });
  await merge.getByText('regola «Cimitero»').waitFor();
  await merge.getByLabel('Etichetta che resta').selectOption({ label: 'Cimiteri' });
  expect(await axe(page)).toEqual([]);
  await stage.shot(page, 'tag-merge');
  await merge.getByRole('button', { name: 'Unisci' }).click();
  await notices(page).getByText('Ora è «Cimiteri»').waitFor();
  expect(await page.getByRole('button', { name: 'Modifica «Lampade votive»' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Smistamento' }).click();
  await rule.getByText(/etichetta «Cimiteri»$/).waitFor();

  await page.getByRole('link', { name: 'Persone' }).click();
  await page.getByRole('button', { name: 'Invita una persona' }).click();
  await page.getByLabel('Nome e cognome').fill('Nino Bo');
  await page.getByLabel('Nome utente').fill('nino');
  await page.getByLabel('Anagrafe e stato civile').check();
  await page.keyboard.press('Enter');
  const link = await page.getByLabel('Collegamento', { exact: true }).inputValue();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('button', { name: 'Fatto' }).click();
  await page.getByText(/Invito valido/).waitFor();
  await stage.shot(page, 'people');
  await page.goto(link);
  await page.getByLabel('Nuova password').fill('una frase da ricordare');
  await page.getByLabel('Ripeti la password').fill('una frase da ricordare');
  expect(await axe(page)).toEqual([]);
  await page.getByRole('button', { name: 'Imposta la password' }).click();
  await page.getByLabel('Nome utente').waitFor();

  const { number } = await request('Una domanda per la firma');
  const operator = await stage.operator(pathOf(number), { theme: 'dark' });
  await beginReply(operator);
  await operator.getByText(/^Mittente: .*, con firma$/).click();
  await operator.getByText('A disposizione per chiarimenti').waitFor();
  expect(await axe(operator)).toEqual([]);
  await stage.shot(operator, 'composer-signature');
});

test('an administrator looks at the year, opens the requests behind a figure and saves the table', async ({ stage }) => {
  const page = await stage.operator('/inbox/all', { login: 'admin' });
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const counted = async () => {
    const report = await page.request.get(`${demo.internal_url}/api/v1/reports?from=${day(0)}&to=${day(0)}`);
    return ((await report.json()) as { complete: boolean }).complete;
  };
  // A new hub counts within a minute or two.
  await expect.poll(counted, { timeout: 150_000, interval: 1000 }).toBe(true);
  await page.goto(`${demo.internal_url}/reports?period=custom&from=${day(360)}&to=${day(0)}&by=type`);
  await page.getByRole('heading', { name: 'Settimana per settimana' }).waitFor();
  await page.getByRole('row', { name: /^Segnalazione / }).waitFor();
  expect(await axe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight), 'only the page scrolls, not the window').toBe(0);
  await stage.shot(page, 'reports');
  await page.getByRole('button', { name: /: Prima risposta oltre i termini$/ }).click();
  const behind = page.getByRole('dialog', { name: 'Prima risposta oltre i termini' });
  await behind.getByRole('link').first().waitFor();
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press('Escape');
  const table = await downloaded(page, () => page.getByRole('button', { name: 'Salva tabella' }).click());
  expect(table.name).toMatch(/^andamento-.*\.csv$/);
  expect(table.text).toContain('Tipo di richiesta;');
  expect(table.text).toContain('Segnalazione;');
}, 180_000);
