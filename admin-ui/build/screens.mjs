// Takes pictures of every screen of a running interface and lets axe look at each:
//   npm run dev:mock & node build/screens.mjs http://localhost:5173 screens
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [origin = 'http://localhost:5173', folder = 'screens', only = ''] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const args = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' ');

const sizes = { wide: [1440, 900], laptop: [1280, 720], phone: [390, 844], narrow: [320, 640] };
const first = 'a[href*="/2026-"]';
const screens = {
  inbox: { path: '/inbox/all' },
  ticket: { path: '/inbox/mine?order=newest', do: async (page) => open(page, 'Anna Bianchi') },
  html: {
    path: '/inbox/mine?order=newest',
    do: async (page) => {
      await open(page, 'Anna Bianchi');
      await page.getByRole('button', { name: 'Con formattazione' }).first().click();
      await page.waitForTimeout(500);
    },
  },
  reply: {
    path: '/inbox/mine?order=newest',
    do: async (page) => {
      await open(page, 'Anna Bianchi');
      await page.keyboard.press('r');
      await page.getByRole('textbox', { name: 'Testo della risposta' }).fill('Gentile signora,\n\nla delega va bene: servono la copia del suo documento e quella di suo marito.');
      await page.waitForTimeout(1200);
    },
  },
  note: {
    path: '/inbox/mine?order=newest',
    do: async (page) => {
      await open(page, 'Anna Bianchi');
      await page.keyboard.press('n');
      await page.getByRole('textbox', { name: 'Testo della nota' }).fill('Sentito il Protocollo: il cambio di via è in archivio dal 12 novembre.');
      await page.waitForTimeout(1200);
    },
  },
  recipients: {
    path: '/inbox/mine?order=newest',
    do: async (page) => {
      await open(page, 'Anna Bianchi');
      await page.keyboard.press('r');
      await page.getByRole('button', { name: 'Cambia' }).click();
      await page.waitForTimeout(400);
    },
  },
  suggestion: { path: '/inbox/attention?order=newest', do: async (page) => open(page, 'IMU seconda rata') },
  citizen: { path: '/inbox/attention?order=newest', do: async (page) => { await open(page, 'Rinnovo contrassegno'); } },
  check: { path: '/inbox/mine?order=newest', do: async (page) => { await open(page, 'Anna Bianchi'); await page.getByRole('button', { name: 'Mittente non verificato' }).last().click(); } },
  palette: { path: '/inbox/all', do: async (page) => { await page.keyboard.press('Control+k'); await page.keyboard.type('as'); await page.waitForTimeout(300); } },
  help: { path: '/inbox/all', do: async (page) => { await page.keyboard.press('?'); await page.waitForTimeout(300); } },
  assign: { path: '/inbox/mine?order=newest', do: async (page) => { await open(page, 'Anna Bianchi'); await page.keyboard.press('a'); await page.waitForTimeout(300); } },
  quarantine: { path: '/quarantine', do: async (page) => { await page.getByText('Invio scansione').click(); await page.waitForTimeout(300); await page.getByRole('button', { name: 'Mostra l’originale' }).click(); await page.waitForTimeout(300); } },
  discard: { path: '/quarantine', do: async (page) => { await page.getByText('Invio scansione').click(); await page.getByRole('button', { name: 'Scarta' }).click(); await page.waitForTimeout(300); await page.getByRole('dialog').getByRole('button', { name: 'Scarta' }).click(); } },
  failed: { path: '/deliveries/failed', do: async (page) => { await page.getByRole('main').getByRole('listitem').first().click(); await page.waitForTimeout(300); } },
  uncertain: { path: '/deliveries/uncertain', do: async (page) => { await page.getByRole('main').getByRole('listitem').first().click(); await page.waitForTimeout(300); } },
  channels: { path: '/channels' },
  settings: { path: '/settings', do: async (page) => { await page.waitForTimeout(1500); } },
  empty: { path: '/inbox/mine?q=99999' },
  menu: { path: '/inbox/all', only: 'phone', do: async (page) => { await page.getByRole('button', { name: 'Apri il menu' }).click(); await page.waitForTimeout(200); } },
  signin: { path: '/sign-in' },
};

async function open(page, subject) {
  await page.locator(first).filter({ hasText: subject }).first().click();
  await page.getByRole('region', { name: 'Conversazione' }).waitFor();
  await page.waitForTimeout(700);
}

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
let found = 0;
for (const theme of ['light', 'dark']) {
  for (const [size, [width, height]] of Object.entries(sizes)) {
    for (const [name, screen] of Object.entries(screens)) {
      if (only && !`${name}-${size}-${theme}`.includes(only)) continue;
      if (screen.only && screen.only !== size) continue;
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: 'it-IT', timezoneId: 'Europe/Rome' });
      const page = await context.newPage();
      page.setDefaultTimeout(6000);
      page.on('pageerror', (error) => console.log('PAGE ERROR', name, size, theme, error.message));
      page.on('console', (message) => message.type() === 'error' && console.log('CONSOLE', name, message.text().slice(0, 300)));
      try {
        await page.goto(origin + screen.path);
        // The live stream keeps the network busy for ever: a moment must do.
        await page.waitForTimeout(1200);
        await screen.do?.(page);
      } catch (error) {
        console.log('SCRIPT', name, size, theme, String(error).split('\n')[0]);
      }
      await page.screenshot({ path: `${folder}/${name}-${size}-${theme}.png` });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) {
        found++;
        console.log('OVERFLOW', name, size, theme, `${wide}px`);
      }
      await page.evaluate(axe);
      const result = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
      for (const violation of result.violations) {
        found++;
        console.log('AXE', name, size, theme, violation.id, violation.impact, violation.nodes.slice(0, 2).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ').slice(0, 400));
      }
      await context.close();
    }
  }
}
await browser.close();
console.log(`${found} findings`);
process.exitCode = found ? 1 : 0;
