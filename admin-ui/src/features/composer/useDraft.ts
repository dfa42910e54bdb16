import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { DraftKind } from '@/api/schema.gen';
import { createStore, useStore } from '@/app/store';
import { useMe } from '@/features/session/me';
import { blank, draftQuery, LocalDraft, patched, type Patch, type Writing } from './drafts';
import { DraftSaver, type Saved } from './DraftSaver';

/** Drafts given back from outside the composer, by undoing a send. */
export const givenBack = createStore<{ number: string; kind: DraftKind; writing: Writing; nth: number } | undefined>(undefined);

/** Puts a text back into a ticket's draft. */
export function giveBack(number: string, kind: DraftKind, writing: Writing) {
  givenBack.set((before) => ({ number, kind, writing, nth: (before?.nth ?? 0) + 1 }));
}

/** One draft: what is written, how far it is saved, and the ways to change it. */
export interface DraftHandle {
  ready: boolean;
  writing: Writing;
  saved: Saved;
  /** Grows when the text changes from outside, so that the editor takes it up. */
  revision: number;
  /** Changes a part; a function is given what is written at that moment. */
  change: (patch: Patch | ((now: Writing) => Patch)) => void;
  replace: (writing: Writing) => void;
  discard: () => void;
}

/** My draft of one kind on a ticket, taken up where it was left; not asked for where one may not write it. */
export function useDraft(number: string, kind: DraftKind, may: boolean): DraftHandle {
  const me = useMe();
  const local = useMemo(() => new LocalDraft(me.id, number, kind), [me.id, number, kind]);
  const query = useQuery({ ...draftQuery(number, kind), enabled: may });
  const [own, setOwn] = useState<Writing>();
  const [saved, setSaved] = useState<Saved>({ state: 'idle' });
  const [revision, setRevision] = useState(0);
  const saver = useMemo(() => new DraftSaver(number, kind, local, setSaved), [number, kind, local]);

  useEffect(() => {
    const leave = () => saver.leave();
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      saver.stop();
    };
  }, [saver]);

  const start = useMemo(() => local.newerThan(query.data ?? null) ?? query.data ?? blank, [local, query.data]);
  const writing = own ?? start;
  // Two changes in one moment, a key and a finished upload, must not undo each other.
  const latest = useRef(writing);
  useEffect(() => {
    latest.current = writing;
  }, [writing]);
  const put = useCallback(
    (next: Writing) => {
      latest.current = next;
      setOwn(next);
      saver.change(next);
    },
    [saver],
  );
  const replace = useCallback(
    (next: Writing) => {
      put(next);
      setRevision((before) => before + 1);
    },
    [put],
  );
  const back = useStore(givenBack);
  const [taken, setTaken] = useState(back?.nth);
  if (back && back.nth !== taken) {
    setTaken(back.nth);
    if (back.number === number && back.kind === kind) {
      setOwn(back.writing);
      setRevision(revision + 1);
    }
  }
  return {
    ready: query.isFetched || own !== undefined,
    writing,
    saved,
    revision,
    change: useCallback(
      (patch) => {
        const now = latest.current;
        put(patched(now, typeof patch === 'function' ? patch(now) : patch));
      },
      [put],
    ),
    replace,
    discard: useCallback(() => {
      setOwn(blank);
      setRevision((before) => before + 1);
      void saver.discard().catch(() => undefined);
    }, [saver]),
  };
}
