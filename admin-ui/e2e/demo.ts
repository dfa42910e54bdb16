import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

/** What a running demo says of itself in its ready file. */
export interface Demo {
  public_url: string;
  internal_url: string;
  simulator_url: string;
  smtp: string;
  imap: string;
  mailbox: string;
  api_token: string;
  logins: { role: string; user: string; password: string }[];
}

declare module 'vitest' {
  export interface ProvidedContext {
    demo: Demo;
    /** Where the browser listens for tests. */
    browser: string;
  }
}

const program = join(import.meta.dirname, '../../bin/sportello');
const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const chromiumArgs =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const free = '127.0.0.1:0';
/** Milliseconds a first start may take, with its database made anew. */
const patience = 120_000;

/** Starts one demo on free ports and one browser for all tests, and stops them after the last. */
export default async function setup(project: TestProject) {
  const [demo, browser] = await Promise.all([
    startDemo(),
    chromium.launchServer({ executablePath: chromiumPath, args: chromiumArgs.split(' ') }),
  ]);
  project.provide('demo', demo.ready);
  project.provide('browser', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await demo.stop();
  };
}

async function startDemo() {
  // Another user runs the private database when root runs the tests, and must pass through.
  const dir = await mkdtemp(join(tmpdir(), 'sportello-browser-'));
  await chmod(dir, 0o711);
  const file = join(dir, 'ready.json');
  const places = ['--data', join(dir, 'data'), '--public', free, '--internal', free, '--simulator', free, '--ready-file', file];
  const child = spawn(program, ['demo', ...places, '--quiet-citizens'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = listen(child);
  try {
    return {
      ready: await read(file, child, log),
      stop: async () => {
        await stop(child);
        await rm(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function listen(child: ChildProcess): () => string[] {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.on('error', (error) => (text += `${error.message}; run "make build" first\n`));
  return () => text.split('\n');
}

async function read(file: string, child: ChildProcess, log: () => string[]): Promise<Demo> {
  const end = Date.now() + patience;
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text) return JSON.parse(text) as Demo;
    if (child.exitCode !== null || child.pid === undefined || Date.now() > end) {
      throw new Error(`the demo did not get ready:\n${log().join('\n')}`);
    }
    await pause(50);
  }
}

/** Ends the demo as Ctrl-C does; one that hangs is a failure of its own. */
async function stop(child: ChildProcess) {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGINT');
  const inTime = await Promise.race([ended.then(() => true), pause(20_000, false, { ref: false })]);
  if (inTime) return;
  child.kill('SIGKILL');
  throw new Error('the demo did not end within 20 s of SIGINT');
}
