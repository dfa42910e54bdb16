import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';
import { announce } from '@/design/announce';
import { useContactName } from '@/features/contact/useContactName';
import { arrange } from './held';

/** Milliseconds between two spoken arrivals, so that a busy hour does not talk without end. */
const quiet = 5000;

/** Shows fresh rows at once while nobody uses the list, and holds them while somebody does. */
export function useHeldRows(fresh: readonly TicketSummary[], key: string, pane: RefObject<HTMLElement | null>) {
  const [inUse, setInUse] = useState(false);
  const [kept, setKept] = useState({ key, rows: fresh });
  const same = kept.key === key;
  const { rows, held } = arrange(same ? kept.rows : [], fresh, inUse);
  // What is shown now is what must stay while the list is in use.
  if (!same || rows.length !== kept.rows.length || rows.some((row, index) => row !== kept.rows[index])) {
    setKept({ key, rows });
  }
  useEffect(() => watchUse(pane.current, setInUse), [pane]);
  useSpokenArrivals(fresh, key);
  const release = useCallback(() => setKept({ key, rows: fresh }), [key, fresh]);
  return { rows, held, release };
}

/** The list is in use while the pointer is over it, focus is in it, or it is scrolled away from its top. */
function watchUse(pane: HTMLElement | null, report: (inUse: boolean) => void) {
  if (!pane) return undefined;
  const use = { pointer: false, focus: false, scrolled: false };
  const set = (change: Partial<typeof use>) => {
    Object.assign(use, change);
    report(use.pointer || use.focus || use.scrolled);
  };
  const stop = new AbortController();
  const on = (name: string, handle: (event: Event) => void, capture = false) =>
    pane.addEventListener(name, handle, { signal: stop.signal, capture, passive: true });
  on('pointerenter', () => set({ pointer: true }));
  on('pointerleave', () => set({ pointer: false }));
  on('focusin', () => set({ focus: true }));
  on('focusout', (event) => set({ focus: pane.contains((event as FocusEvent).relatedTarget as Node | null) }));
  on('scroll', (event) => set({ scrolled: (event.target as HTMLElement).scrollTop > 0 }), true);
  return () => stop.abort();
}

function useSpokenArrivals(fresh: readonly TicketSummary[], key: string) {
  const { t } = useTranslation();
  const nameOf = useContactName();
  const known = useRef<{ key: string; newest: string; spokenAt: number }>({ key: '', newest: '', spokenAt: 0 });
  useEffect(() => {
    const newest = fresh.reduce((last, row) => (row.created_at > last ? row.created_at : last), '');
    const before = known.current;
    known.current = { ...before, key, newest };
    if (before.key !== key || before.newest === '' || newest <= before.newest) return;
    if (Date.now() - before.spokenAt < quiet) return;
    const arrived = fresh.filter((row) => row.created_at > before.newest);
    const [one] = arrived;
    if (!one) return;
    known.current.spokenAt = Date.now();
    announce(
      arrived.length === 1
        ? t('inbox.arrived', { name: nameOf(one), subject: one.subject })
        : t('inbox.arrivedMany', { count: arrived.length }),
    );
  }, [fresh, key, nameOf, t]);
}
