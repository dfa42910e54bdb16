import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { conversation, pathOf, request, type Request } from './desk';
import { messages } from './hub';
import { hostileLetters, type Hostile } from './letters';
import { demo, test } from './stage';
import { until } from './until';
import { arrived, mailMany } from './world';

/** Letters on one ticket: one page of its conversation shows them all. */
const perTicket = 45;

// A server of the attacker: whatever reaches it is a leak.
let server: Server;
let evil = '';
const leaks: string[] = [];
let tickets: { request: Request; letters: Hostile[] }[] = [];

beforeAll(async () => {
  server = createServer((request, answer) => {
    leaks.push(request.url ?? '');
    answer.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  evil = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const all = hostileLetters(evil);
  expect(all.length).toBeGreaterThan(150);
  const piles = Array.from({ length: Math.ceil(all.length / perTicket) }, (_, n) => all.slice(n * perTicket, (n + 1) * perTicket));
  tickets = await Promise.all(piles.map(async (letters, n) => ({ letters, request: await post(letters, n) })));
});

afterAll(() => server.close());

const mark = (n: number) => `Testo innocuo ${n}.`;

/** Lets one citizen send all these letters as answers on one ticket. */
async function post(letters: Hostile[], pile: number): Promise<Request> {
  const made = await request(`Messaggi con insidie ${pile}`, 'ostile');
  const [confirmation] = await arrived(made.citizen, new RegExp(made.number));
  const parcels = letters.map(({ type, body }, n) => ({
    subject: `Re: ${made.subject}`,
    answers: confirmation?.message_id ?? '',
    type,
    body: type === 'text/html' ? Buffer.concat([Buffer.from(`<p>${mark(n)}</p>`), body]) : body,
  }));
  await mailMany(made.citizen, parcels);
  await until(`${letters.length} letters on ${made.number}`, async () => {
    const inbound = (await messages(made.number)).filter((each) => each.direction === 'inbound');
    return { found: inbound.length === letters.length + 1 || undefined, seen: inbound.length };
  });
  return made;
}

/** Milliseconds for two hundred letters on a busy machine. */
const patience = 120_000;

test('hostile mail can do nothing in the frame that operators get', { timeout: patience }, async ({ stage }) => {
  // Said for each press of this test itself, which is a script to the frame.
  stage.allow(/^console: Blocked script execution/);
  const page = await stage.operator();
  const watch = watched(page);
  for (const { request: made, letters } of tickets) {
    await page.goto(demo.internal_url + pathOf(made.number));
    const frames = await openAll(page);
    const said = await Promise.all(frames.map((frame) => frame.locator('body').innerText()));
    const shown = letters.flatMap((each, n) => (each.type === 'text/html' ? [mark(n)] : []));
    expect(shown.filter((each) => !said.some((text) => text.includes(each)))).toEqual([]);
    await pressAll(frames);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(new URL(page.url()).pathname).toBe(pathOf(made.number));
    expect(
      frames.map((frame) => new URL(frame.url()).pathname).filter((path) => !/^\/api\/v1\/messages\/[0-9a-f-]+\/html$/.test(path)),
    ).toEqual([]);
  }
  // The cleaning left nothing for the frame's policy to stop: that would be an error in the console.
  expect(watch()).toEqual([]);
  expect(leaks).toEqual([]);
});

test(
  'the frame and its policy hold hostile mail even when nothing is cleaned and nobody presses anything',
  { timeout: patience },
  async ({ stage }) => {
    // The browser says in the console what the frame and the policy have stopped.
    stage.allow(/./);
    const page = await stage.operator(first());
    const watch = watched(page);
    const [real] = await openAll(page);
    const headers = (await page.context().request.get(real?.url() ?? '')).headers();
    // Bombs cost the browser much and hold nothing that is not in the others too.
    const letters = tickets.flatMap((each) => each.letters).filter(({ body }) => body.length < 50_000);
    await page.route(/\/raw\/\d+\/\d+$/, (route) => {
      const letter = letters[Number(route.request().url().split('/').at(-1))];
      return route.fulfill({ headers, ...(letter && { body: letter.body }) });
    });
    for (let from = 0; from < letters.length; from += perTicket) {
      const count = Math.min(perTicket, letters.length - from);
      await page.evaluate(cloneFrames, { from, count });
      await loaded(page, `/raw/${from}/`, count);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
      expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
      expect(page.frames().filter((each) => each.url().includes(`/raw/${from}/`)).length, 'a frame went elsewhere').toBe(count);
    }
    expect(new URL(page.url()).pathname).toBe(first());
    // What the policy stops was asked for all the same; the attacker's server knows whether it came.
    expect(watch().filter((each) => !each.startsWith('request'))).toEqual([]);
    expect(leaks).toEqual([]);
  },
);

const first = () => pathOf(tickets[0]?.request.number ?? '');

/** Shows letters in copies of the frame that operators get, in place of the page's own. Runs in the page. */
function cloneFrames({ from, count }: { from: number; count: number }) {
  const known = globalThis as unknown as { copies?: HTMLElement; model?: HTMLIFrameElement };
  known.model ??= document.querySelector('iframe')?.cloneNode() as HTMLIFrameElement;
  known.copies ??= document.body.appendChild(document.createElement('section'));
  document.querySelector('#root')?.setAttribute('hidden', '');
  const copies = Array.from({ length: count }, (_, n) => {
    const copy = known.model?.cloneNode() as HTMLIFrameElement;
    copy.loading = 'eager';
    copy.src = `/raw/${from}/${from + n}`;
    return copy;
  });
  known.copies.replaceChildren(...copies);
}

/** What was asked of anybody but the hub, opened or said: gathered from now on. */
function watched(page: Page): () => string[] {
  const context = page.context();
  const seen: string[] = [];
  const ours = (url: string) => url.startsWith(demo.internal_url) || url.startsWith('about:') || url.startsWith('data:');
  context.on('request', (each) => {
    if (!ours(each.url())) seen.push(`request ${each.url()}`);
  });
  context.on('page', (each) => seen.push(`page ${each.url()}`));
  page.on('dialog', (each) => {
    seen.push(`dialog ${each.message()}`);
    void each.dismiss();
  });
  page.on('download', (each) => seen.push(`download ${each.url()}`));
  return () => seen;
}

/** Opens every letter of the conversation with its formatting, and waits for the frames. */
async function openAll(page: Page): Promise<Frame[]> {
  const talk = conversation(page);
  await talk
    .getByRole('article')
    .nth(perTicket / 3)
    .waitFor();
  await talk.getByRole('button', { name: 'Con formattazione' }).evaluateAll((all) => all.forEach((each) => (each as HTMLElement).click()));
  await talk.locator('iframe').evaluateAll((all) => all.forEach((each) => ((each as HTMLIFrameElement).loading = 'eager')));
  const expected = await talk.locator('iframe').count();
  expect(expected).toBeGreaterThan(10);
  return loaded(page, '/html?', expected);
}

/** Waits for so many frames with such an address, and until each has loaded. */
async function loaded(page: Page, address: string, count: number): Promise<Frame[]> {
  const frames = await until(`${count} frames`, async () => {
    const found = page.frames().filter((each) => each.url().includes(address));
    return { found: found.length === count ? found : undefined, seen: found.length };
  });
  await Promise.all(frames.map((each) => each.waitForLoadState('load', { timeout: patience })));
  return frames;
}

/** Presses whatever can be pressed, apart from links that openly lead outside: those may be followed. */
async function pressAll(frames: Frame[]) {
  await Promise.all(
    frames.map((frame) =>
      frame.locator(':not(a[href^="http"], a[href^="mailto"], a[href^="tel"])').evaluateAll((all) => {
        for (const each of all.slice(0, 50)) if (each instanceof HTMLElement) each.click();
      }),
    ),
  );
  await frames[0]?.page().evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
}
