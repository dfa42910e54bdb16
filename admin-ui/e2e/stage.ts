import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { inject, test as base } from 'vitest';

/** The running demo. */
export const demo = inject('demo');

const shots = join(import.meta.dirname, '../../reports/screenshots');
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const standards = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] };
/** What another theme can break: it changes colours and nothing else. */
const colours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/** Milliseconds a page may take for what a test waits for. */
const patience = 20_000;

export type Theme = 'light' | 'dark';

/** Sizes at which screens are looked at. */
export const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

interface Options {
  theme?: Theme;
  size?: { width: number; height: number };
  state?: StorageState;
}

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Everything one test does in browsers; closed, and asked for errors, when the test ends. */
export class Stage {
  private readonly contexts: BrowserContext[] = [];
  private readonly expected: RegExp[] = [];
  /** What the consoles of all pages complained about. */
  readonly errors: string[] = [];
  private readonly browser: Browser;

  constructor(browser: Browser) {
    this.browser = browser;
  }

  /** A person at a browser of their own. */
  async person({ theme = 'light', size = sizes.desk, state }: Options = {}): Promise<Page> {
    const made = await this.browser.newContext({
      viewport: size,
      colorScheme: theme,
      locale: 'it-IT',
      timezoneId: 'Europe/Rome',
      reducedMotion: 'reduce',
      ...(state && { storageState: state }),
    });
    made.setDefaultTimeout(patience);
    this.contexts.push(made);
    made.on('page', (page) => this.watch(page));
    return made.newPage();
  }

  /** An operator who has signed in. */
  async operator(path = '/', options: Options & { login?: string } = {}): Promise<Page> {
    const page = await this.person({ ...options, state: await session(this.browser, options.login ?? 'anna') });
    await page.goto(demo.internal_url + path);
    return page;
  }

  /** A citizen at the simulated mail site. */
  async citizen(path = '/', options: Options = {}): Promise<Page> {
    const page = await this.person(options);
    await page.goto(demo.simulator_url + path);
    return page;
  }

  /** Allows console errors that the test provokes. */
  allow(...patterns: RegExp[]) {
    this.expected.push(...patterns);
  }

  /** Keeps a picture. */
  async shot(page: Page, name: string) {
    await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
  }

  /** Keeps a picture of every page that is open, for whoever looks into a failure. */
  async shotAll(name: string) {
    const pages = this.contexts.flatMap((context) => context.pages());
    await Promise.all(pages.map((page, index) => this.shot(page, `${name}-${index}`).catch(() => undefined)));
  }

  /** Closes everything and answers the errors nobody expected. */
  async close(): Promise<string[]> {
    await Promise.all(this.contexts.map((context) => context.close()));
    return this.errors.filter((error) => !this.expected.some((pattern) => pattern.test(error)));
  }

  private watch(page: Page) {
    page.on('pageerror', (error) => this.errors.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`console: ${message.text()} (${message.location().url})`);
    });
  }
}

const sessions = new Map<string, Promise<StorageState>>();

/** Signs in once for each login; the tests of signing in do it by hand. */
function session(browser: Browser, login: string) {
  const known = sessions.get(login) ?? signIn(browser, login);
  sessions.set(login, known);
  return known;
}

async function signIn(browser: Browser, login: string): Promise<StorageState> {
  const context = await browser.newContext();
  const answer = await context.request.post(`${demo.internal_url}/api/v1/session`, { data: { login, password: passwordOf(login) } });
  if (!answer.ok()) throw new Error(`signing in as ${login}: ${answer.status()} ${await answer.text()}`);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** The password of a login of the demo. */
export function passwordOf(login: string): string {
  const known = demo.logins.find((each) => each.user === login);
  if (!known) throw new Error(`the demo has no login ${login}`);
  return known.password;
}

/** The text of a file that an act makes the browser download. */
export async function downloaded(page: Page, act: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString() };
}

/** What axe finds wrong on a page, by rule and place; in another theme than one it was looked at in, by its colours. */
export async function axe(page: Page, looked = false): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(
    async (runOnly) => {
      const { axe: engine } = globalThis as unknown as { axe: { run: (node: Document, options: object) => Promise<AxeResult> } };
      const { violations } = await engine.run(document, { runOnly, resultTypes: ['violations'], preload: false });
      return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
    },
    looked ? colours : standards,
  );
}

interface AxeResult {
  violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[];
}

let browser: Promise<Browser> | undefined;

/** A test with a stage of its own; it fails on errors in the console that it did not allow. */
export const test = base.extend<{ stage: Stage }>({
  stage: async ({ task }, use) => {
    browser ??= chromium.connect(inject('browser'));
    const stage = new Stage(await browser);
    await use(stage);
    if (task.result?.state === 'fail') await stage.shotAll(`failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}`);
    const errors = await stage.close();
    if (errors.length > 0) throw new Error(`errors in the browser:\n${errors.join('\n')}`);
  },
});
