import { useSyncExternalStore } from 'react';

type Listener = () => void;

/** One timer per pace, however many components watch the time. */
function ticking(pace: number) {
  const listeners = new Set<Listener>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    get: () => now,
    subscribe(listener: Listener) {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(() => {
          now = Date.now();
          listeners.forEach((each) => each());
        }, pace);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

const minute = ticking(20_000);
const second = ticking(250);

/** The time, exact enough for "2 h 14 min". */
export function useMinute(): number {
  return useSyncExternalStore(minute.subscribe, minute.get);
}

/** The time, exact enough for a countdown in seconds. */
export function useSecond(): number {
  return useSyncExternalStore(second.subscribe, second.get);
}
