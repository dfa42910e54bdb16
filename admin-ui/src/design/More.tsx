import { useEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import style from './More.module.css';

interface Props {
  /** Where the rows stand. */
  list: RefObject<HTMLElement | null>;
  /** Whether there are more than those. */
  more: boolean;
  busy?: boolean;
  label?: string;
  onMore: () => void;
}

/**
 * Shows more rows of a list. Whoever presses it goes on at the first new row, also by keyboard: the button then stands
 * below them, or is gone. It is not disabled while it fetches, which would take the focus away.
 */
export function More({ list, more, busy = false, label, onMore }: Props) {
  const { t } = useTranslation();
  const stood = useRef<number>(undefined);
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>('li, tbody tr') ?? [])];
  useEffect(() => {
    const fresh = stood.current === undefined ? undefined : rows()[stood.current];
    if (!fresh) return;
    stood.current = undefined;
    const first = fresh.querySelector<HTMLElement>('a, button, input');
    if (!first) fresh.tabIndex = -1;
    (first ?? fresh).focus({ preventScroll: true });
  });
  if (!more) return null;
  const press = () => {
    if (busy) return;
    stood.current = rows().length;
    onMore();
  };
  return (
    <p className={style.more}>
      <Button small look="quiet" aria-busy={busy} onClick={press}>
        {busy ? t('loading') : (label ?? t('showMore'))}
      </Button>
    </p>
  );
}

/** How many rows of a list that is there as a whole are shown at once: hundreds with buttons take seconds to stand. */
const portion = 100;

/** The first rows of a long list, and the way to more. */
export function usePortion<T>(all: readonly T[]): { shown: readonly T[]; more: boolean; onMore: () => void } {
  const [most, setMost] = useState(portion);
  return { shown: all.slice(0, most), more: all.length > most, onMore: () => setMost(most + portion) };
}
