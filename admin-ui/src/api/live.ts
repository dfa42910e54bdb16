import type { LiveEvent } from './schema.gen';
import { EventStreamParser } from './sse';

/** What the line to the hub is doing. */
export type LiveState = 'connecting' | 'live' | 'lost';

/** What a subscriber hears: `ready` means "fetch again what is on the screen". */
export type LiveNotice = { kind: 'ready' } | { kind: 'change'; change: LiveEvent } | { kind: 'state'; state: LiveState };

interface Options {
  url: string;
  hear: (notice: LiveNotice) => void;
  fetch?: typeof globalThis.fetch;
  /** Milliseconds without a byte after which the line counts as dead; the hub sends one every 20 s. */
  silence?: number;
  /** Milliseconds before attempt n. */
  backOff?: (attempt: number) => number;
}

const defaultBackOff = (attempt: number) => Math.min(30_000, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);

/** Listens to the hub's event stream until the signal aborts, reconnecting by itself. */
export async function listen(options: Options, signal: AbortSignal): Promise<void> {
  const backOff = options.backOff ?? defaultBackOff;
  let attempt = 0;
  while (!signal.aborted) {
    options.hear({ kind: 'state', state: attempt === 0 ? 'connecting' : 'lost' });
    const heard = await readStream(options, signal).catch(() => false);
    if (signal.aborted) return;
    options.hear({ kind: 'state', state: 'lost' });
    attempt = heard ? 1 : attempt + 1;
    await pause(backOff(attempt), signal);
  }
}

async function readStream(options: Options, signal: AbortSignal): Promise<boolean> {
  const watchdog = new AbortController();
  const stop = AbortSignal.any([signal, watchdog.signal]);
  const limit = options.silence ?? 45_000;
  let timer = setTimeout(() => watchdog.abort(), limit);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => watchdog.abort(), limit);
  };
  let ready = false;
  // A pulled cable leaves the stream silent, not closed: the browser knows earlier than the silence tells.
  const offline = () => watchdog.abort();
  globalThis.addEventListener('offline', offline);
  try {
    const doFetch = options.fetch ?? globalThis.fetch;
    const response = await doFetch(options.url, { headers: { Accept: 'text/event-stream' }, signal: stop });
    if (!response.ok || !response.body) return false;
    const parser = new EventStreamParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ready;
      alive();
      for (const event of parser.feed(value)) ready = pass(event, options.hear) || ready;
    }
  } catch {
    return ready;
  } finally {
    clearTimeout(timer);
    globalThis.removeEventListener('offline', offline);
  }
}

function pass(event: ReturnType<EventStreamParser['feed']>[number], hear: Options['hear']): boolean {
  if (event.kind === 'comment') return false;
  if (event.name === 'ready') {
    hear({ kind: 'state', state: 'live' });
    hear({ kind: 'ready' });
    return true;
  }
  if (event.name === 'change') hear({ kind: 'change', change: JSON.parse(event.data) as LiveEvent });
  return false;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      globalThis.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    // The machine came back from sleep or the network returned: do not wait for the rest.
    globalThis.addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
