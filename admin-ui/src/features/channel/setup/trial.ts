import { useCallback, useEffect, useRef, useState } from 'react';
import { apiRoot } from '@/api/client';
import { Problem } from '@/api/problem';
import type { TrialEnd, TrialInput, TrialStep } from '@/api/schema.gen';
import { EventStreamParser } from '@/api/sse';
import { report } from './steps';

/** How a trial stands. */
export interface Trial {
  state: 'none' | 'running' | 'passed' | 'failed' | 'broken';
  steps: TrialStep[];
  /** Why it was not tried or broke off. */
  error?: unknown;
  /** What was tried, to tell whether the form has changed since. */
  tried?: string;
}

const none: Trial = { state: 'none', steps: [] };

/** Tries settings and follows the steps; leaving the page ends the trial. */
export function useTrial() {
  const [trial, setTrial] = useState<Trial>(none);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = useCallback(async (input: TrialInput): Promise<Trial> => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    const tried = JSON.stringify(input);
    let now: Trial = { state: 'running', steps: [], tried };
    const set = (next: Trial) => {
      now = next;
      if (!own.signal.aborted) setTrial(next);
    };
    set(now);
    try {
      for await (const event of follow(input, own.signal)) {
        if (event.name === 'step') set({ ...now, steps: report(now.steps, JSON.parse(event.data) as TrialStep) });
        if (event.name === 'end') {
          const end = JSON.parse(event.data) as TrialEnd;
          set({ ...now, state: end.problem ? 'broken' : end.passed ? 'passed' : 'failed' });
        }
      }
      if (now.state === 'running') set({ ...now, state: 'broken' });
    } catch (error) {
      set({ ...now, state: 'broken', error });
    }
    return now;
  }, []);
  return { trial, run };
}

async function* follow(input: TrialInput, signal: AbortSignal) {
  const response = await globalThis
    .fetch(`${apiRoot}/channel-trials`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify(input),
      signal,
    })
    .catch(() => {
      throw Problem.offline();
    });
  if (!response.ok || !response.body) throw await Problem.from(response);
  const parser = new EventStreamParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const event of parser.feed(value)) if (event.kind === 'event') yield event;
  }
}
