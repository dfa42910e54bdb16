import { useCallback, useState, useSyncExternalStore } from 'react';
import { preferences } from '@/app/preferences';
import { useStore } from '@/app/store';

/** From this width on the facts have a pane of their own; below they lie over the conversation. */
const wide = '(min-width: 73.76rem)';

/** Whether the facts of a ticket are shown, and the way to change it. */
export interface FactsSwitch {
  shown: boolean;
  toggle: () => void;
}

/** On a wide screen the pane stays as the operator left it; over the conversation it opens only when asked for. */
export function useFacts(): FactsSwitch {
  const isWide = useMedia(wide);
  const { facts } = useStore(preferences);
  const [over, setOver] = useState(false);
  const toggle = useCallback(() => {
    if (isWide) preferences.set((before) => ({ ...before, facts: !before.facts }));
    else setOver((before) => !before);
  }, [isWide]);
  return { shown: isWide ? facts : over, toggle };
}

function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
