import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until there is an answer; complains about what was last seen when there is none in time. */
export async function until<T>(
  what: string,
  probe: () => Promise<{ found?: T | undefined; seen?: unknown }>,
  timeout = 45_000,
): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const { found, seen } = await probe();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`no ${what} within ${timeout / 1000} s; last seen: ${JSON.stringify(seen)}`);
    await pause(50);
  }
}
