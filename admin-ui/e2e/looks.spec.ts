import type { Page } from 'playwright-core';
import { beforeAll, describe, expect } from 'vitest';
import { beginReply, conversation, pathOf, request, type Request } from './desk';
import { confirmed, delivered, quarantined, reply, ticketAbout } from './hub';
import { axe, demo, sizes, test, type Stage } from './stage';
import { arrived, fault, mailTown, stranger } from './world';

const giulia = 'giulia.ferrero@posta.example';
const subject = 'Buca davanti alla scuola Rodari';

const narrow = { width: 320, height: 640 };

let made: Request;
let item: string;
let read: string;

/** Something to see on every screen. */
beforeAll(async () => {
  made = await request('Tassa rifiuti: doppio avviso', 'carla.viotti');
  await confirmed(made.number);
  await fault({ kind: 'drop_after_data', match: made.citizen });
  await reply(made.number, { text: 'Gentile signora, il secondo avviso è da ignorare.' });
  await delivered(made.number, 'uncertain');
  await reply(made.number, { text: 'Gentile signora, può ignorarlo.', to: [{ kind: 'email', address: 'inesistente@posta.example' }] });
  await delivered(made.number, 'failed');
  const list = { 'List-Id': '<novita.editore.example>', Precedence: 'list' };
  await mailTown({
    from: stranger('redazione'),
    subject: 'Le novità della settimana',
    text: 'Eventi e mostre in provincia.',
    headers: list,
  });
  item = (await quarantined('Le novità della settimana')).id;
  await mailTown({ from: giulia, subject, text: 'Buongiorno,\n\nla buca è di nuovo aperta.\n\nGiulia Ferrero' });
  const { number } = await ticketAbout(subject);
  await arrived(giulia, new RegExp(number));
  await reply(number, { text: 'Gentile signora,\n\nla squadra passa domani mattina.' });
  const [letter] = await arrived(giulia, new RegExp(`^Re: ${subject}`));
  read = `/posta/${giulia}/arrivo/${letter?.uid}`;
}, 60_000);

interface Screen {
  path: () => string;
  /** What is there when the screen is ready to be looked at. */
  ready: (page: Page) => Promise<unknown>;
}

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name, exact: true }).waitFor();
const ticketReady = (page: Page) => conversation(page).getByRole('article').first().waitFor();
const task = async (page: Page) => {
  await page.getByRole('main').getByRole('link').filter({ hasText: made.subject }).first().click();
  await page.getByText('Che cosa vuoi fare?').first().waitFor();
};
const over = (keys: string) => async (page: Page) => {
  await page.getByRole('region', { name: 'Elenco delle richieste' }).getByRole('link').first().waitFor();
  await page.keyboard.press(keys);
  await page.getByRole('dialog').waitFor();
};

const desk: Record<string, Screen> = {
  inbox: {
    path: () => '/inbox/all',
    ready: (page) => page.getByRole('region', { name: 'Elenco delle richieste' }).getByRole('link').first().waitFor(),
  },
  ticket: { path: () => pathOf(made.number), ready: ticketReady },
  reply: {
    path: () => pathOf(made.number),
    ready: async (page) =>
      (await beginReply(page)).fill('Gentile signora, il secondo avviso è un errore del nostro ufficio: può ignorarlo.'),
  },
  note: {
    path: () => pathOf(made.number),
    ready: async (page) => {
      await ticketReady(page);
      await page.keyboard.press('n');
      await page.getByRole('textbox', { name: 'Testo della nota interna' }).fill('Sentiti i Tributi: doppione confermato.');
    },
  },
  recipients: {
    path: () => pathOf(made.number),
    ready: async (page) => {
      await beginReply(page);
      await page.getByRole('button', { name: 'Cambia' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  empty: {
    path: () => '/inbox/attention?status=suspended',
    ready: (page) => page.getByText(/Nessuna richiesta con questi filtri/).waitFor(),
  },
  palette: { path: () => '/inbox/all', ready: over('Control+k') },
  help: { path: () => '/inbox/all', ready: over('?') },
  quarantine: { path: () => `/quarantine?item=${item}`, ready: heading('Le novità della settimana') },
  failed: { path: () => '/deliveries/failed', ready: task },
  uncertain: { path: () => '/deliveries/uncertain', ready: task },
  channels: { path: () => '/channels', ready: (page) => page.getByText('Attivo').first().waitFor() },
  settings: { path: () => '/settings', ready: (page) => page.getByText('questa', { exact: true }).waitFor() },
};

const citizens: Record<string, Screen> = {
  home: { path: () => '/', ready: (page) => page.getByRole('link', { name: /Giulia Ferrero/ }).waitFor() },
  mailbox: { path: () => `/posta/${giulia}/arrivo`, ready: heading('Posta in arrivo') },
  letter: { path: () => read, ready: (page) => page.getByRole('article').waitFor() },
  write: { path: () => `/scrivi/${giulia}`, ready: (page) => page.getByLabel('Oggetto').waitFor() },
  stranger: { path: () => '/estraneo', ready: heading('Un estraneo che conosce un numero') },
  phones: { path: () => '/telefono', ready: heading('I telefoni di Valdoria') },
  phone: {
    path: () => '/telefono/+393335550101',
    ready: async (page) => {
      await page.getByLabel('Messaggio').fill("C'è una buca in via dei Mille.");
      await page.getByRole('button', { name: 'Invia' }).click();
      await page.getByText('consegnato al Comune').first().waitFor();
    },
  },
  log: { path: () => '/registro', ready: heading('Registro del mondo') },
  missing: { path: () => '/niente', ready: heading('Qui non abita nessuno') },
};

describe('operator', () => {
  test.for(Object.entries(desk))('%s: accessible in both themes, fits narrow and zoomed', async ([name, screen], { stage }) => {
    const page = await stage.operator(screen.path());
    await screen.ready(page);
    await look(stage, page, name);
  });
});

describe('citizen', () => {
  test.for(Object.entries(citizens))('%s: accessible in both themes, fits narrow and zoomed', async ([name, screen], { stage }) => {
    stage.allow(/404/);
    const page = await stage.citizen(screen.path());
    await screen.ready(page);
    await look(stage, page, `citizen-${name}`);
  });
});

test('sign-in: accessible in both themes, fits narrow and zoomed', async ({ stage }) => {
  stage.allow(/401/);
  const page = await stage.person();
  await page.goto(`${demo.internal_url}/sign-in`);
  await page.getByLabel('Nome utente').waitFor();
  await look(stage, page, 'signin');
});

/** Looks at one screen in every theme and size, without loading it again. */
async function look(stage: Stage, page: Page, name: string) {
  for (const [size, pixels] of Object.entries(sizes)) {
    await page.setViewportSize(pixels);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await stage.shot(page, `${name}-${size}-${colorScheme}`);
      expect(await axe(page, colorScheme === 'dark'), `${size}, ${colorScheme}`).toEqual([]);
    }
  }
  // Zooming to 200 % halves the pixels that a page has.
  for (const pixels of [narrow, { width: sizes.desk.width / 2, height: sizes.desk.height / 2 }]) {
    await page.setViewportSize(pixels);
    expect(await sideways(page), `${pixels.width} pixels`).toEqual([]);
  }
  await page.setViewportSize(narrow);
  await stage.shot(page, `${name}-narrow-dark`);
}

/** What sticks out of the page to the side, or hides behind a scrollbar of its own; only tables and sources may. */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const named = (each: Element) => `${each.tagName}.${each.className}`;
    const all = [...document.querySelectorAll('body *')];
    const boxes = all.filter((each) => each.scrollWidth > each.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(each).overflowX));
    const found = boxes.filter((each) => each.getAttribute('role') !== 'region').map((each) => `scrolls: ${named(each)}`);
    const root = document.scrollingElement ?? document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return found;
    const wide = all.filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1);
    return [...found, `the page is ${root.scrollWidth} wide`, ...wide.slice(-3).map(named)];
  });
}
