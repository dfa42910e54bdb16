import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/schema.gen';
import { announce } from '@/design/announce';
import { senderName } from './messages';

/** Pixels from the end within which the reader counts as being at the end. */
const near = 96;

/**
 * Opens a conversation at its last message, keeps a reader at the end there, and leaves a reader elsewhere alone: what
 * arrives then is counted and spoken, nothing moves.
 */
export function useFollow(scroller: RefObject<HTMLDivElement | null>, messages: readonly Message[]) {
  const { t } = useTranslation();
  const [unread, setUnread] = useState(0);
  const last = messages.at(-1);
  const known = useRef<{ id: string | undefined; at: string; atEnd: boolean }>({ id: undefined, at: '', atEnd: true });

  useEffect(() => {
    const box = scroller.current;
    if (!box) return undefined;
    const onScroll = () => {
      known.current.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < near;
      if (known.current.atEnd) setUnread(0);
    };
    // The composer below grows and shrinks: who was at the end stays there.
    const watcher = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(() => known.current.atEnd && toLast(box));
    watcher?.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      watcher?.disconnect();
      box.removeEventListener('scroll', onScroll);
    };
  }, [scroller]);

  useLayoutEffect(() => {
    const box = scroller.current;
    const first = known.current.id === undefined;
    if (!box || !last || last.id === known.current.id) return;
    known.current.id = last.id;
    // Where the last message was taken out, the one before it is no news.
    if (last.created_at < known.current.at) return;
    known.current.at = last.created_at;
    if (first || known.current.atEnd || last.direction !== 'inbound') toLast(box);
    else setUnread((count) => count + 1);
    if (!first && last.direction === 'inbound') announce(t('conversation.arrived', { name: senderName(last) }));
  }, [scroller, last, t]);

  const toEnd = () => {
    setUnread(0);
    if (scroller.current) toLast(scroller.current);
  };
  const show = (id: string) => scroller.current?.querySelector(`[data-message="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'start' });
  return { unread, toEnd, show };
}

/** Shows the end, but never past the beginning of the last message: a long letter is read from its start. */
function toLast(box: HTMLElement) {
  const last = box.querySelector<HTMLElement>('[data-message]:last-child');
  const end = box.scrollHeight - box.clientHeight;
  const start = last ? last.offsetTop - 12 : end;
  box.scrollTop = Math.min(end, Math.max(0, start));
}
