import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import type { Upload } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { announce } from '@/design/announce';
import { size } from '@/i18n/format';
import { useLanguage } from '@/i18n/words';
import { limits, upload } from './uploads';

/** A file on its way to the hub, or one that did not get there. */
export interface Underway {
  key: number;
  file: File;
  share: number;
  error?: string;
  /** The file itself is the reason: sent again, it is refused again. */
  final?: boolean;
}

/** Refusals that are about the file. */
const finals = new Set(['infected', 'too_large']);

let last = 0;

/** Uploads files and hands the finished ones on; what failed stays, to be tried again or removed. */
export function useUploads(attached: number, onDone: (done: Upload) => void) {
  const { t } = useTranslation();
  const language = useLanguage();
  const text = useProblemText();
  const [underway, setUnderway] = useState<Underway[]>([]);
  const stops = useRef(new Map<number, AbortController>());
  const done = useRef(onDone);
  useEffect(() => {
    done.current = onDone;
  });
  useEffect(() => {
    const all = stops.current;
    return () => all.forEach((stop) => stop.abort());
  }, []);

  const patch = (key: number, change: Partial<Underway>) =>
    setUnderway((before) => before.map((each) => (each.key === key ? { ...each, ...change } : each)));
  const remove = useCallback((key: number) => {
    stops.current.get(key)?.abort();
    stops.current.delete(key);
    setUnderway((before) => before.filter((each) => each.key !== key));
  }, []);
  const start = useCallback(
    async (item: Underway) => {
      const stop = new AbortController();
      stops.current.set(item.key, stop);
      try {
        const result = await upload(item.file, (share) => patch(item.key, { share }), stop.signal);
        done.current(result);
        remove(item.key);
        announce(t('composer.uploaded', { name: result.name }));
      } catch (error) {
        if (!(error instanceof Problem)) return;
        const why = error.code === 'too_large' ? t('composer.tooLarge', { limit: size(limits.bytes, language) }) : text(error);
        patch(item.key, { error: why, final: finals.has(error.code) });
        announce(t('composer.uploadFailed', { name: item.file.name, why }), true);
      }
    },
    [language, remove, t, text],
  );
  const refusal = useCallback(
    (file: File, place: number): string | undefined => {
      if (file.size === 0) return t('composer.emptyFile');
      if (file.size > limits.bytes) return t('composer.tooLarge', { limit: size(limits.bytes, language) });
      return place >= limits.files ? t('composer.tooMany', { count: limits.files }) : undefined;
    },
    [language, t],
  );
  const add = useCallback(
    (files: readonly File[]) => {
      const fresh = files.map((file, index): Underway => {
        const error = refusal(file, attached + underway.length + index);
        return { key: ++last, file, share: 0, ...(error && { error }) };
      });
      setUnderway((before) => [...before, ...fresh]);
      for (const item of fresh) {
        if (item.error) announce(t('composer.uploadFailed', { name: item.file.name, why: item.error }), true);
        else void start(item);
      }
    },
    [attached, refusal, start, t, underway.length],
  );
  const retry = useCallback(
    (item: Underway) => {
      setUnderway((before) => before.map((each) => (each.key === item.key ? { key: each.key, file: each.file, share: 0 } : each)));
      void start(item);
    },
    [start],
  );
  return { underway, add, remove, retry };
}
