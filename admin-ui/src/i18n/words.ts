import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language, Reason } from '@/api/schema.gen';
import { useTownZone } from '@/features/session/town';
import { isLanguage } from '.';
import { Moments } from './format';

type Params = Record<string, string | number>;

/**
 * Words a code that comes from the hub: `group.code`, else `group.unknown` with the code itself, so that a newer hub
 * never leaves a hole on the screen.
 */
export function useCoded() {
  const { t, i18n } = useTranslation();
  return useCallback(
    (group: string, code: string, params: Params = {}): string => {
      const say = t as unknown as (key: string, params: Params) => string;
      // Codes of adapters have parts (`imap.auth`): the exact one, else the first part, else the code as it is.
      const exact = code.replaceAll('.', '_');
      const known = [exact, code.split('.')[0] ?? code].find((each) => i18n.exists(`${group}.${each}`));
      return known ? say(`${group}.${known}`, params) : say(`${group}.unknown`, { ...params, code, type: code });
    },
    [t, i18n],
  );
}

/** Words a reason of the hub. */
export function useReason(group: string) {
  const coded = useCoded();
  return useCallback((reason: Reason) => coded(group, reason.code, reason.params), [coded, group]);
}

/** The language of the page. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return isLanguage(i18n.language) ? i18n.language : 'it';
}

/** How moments are written, in the reader's language and the town's time zone. */
export function useMoments(): Moments {
  return momentsOf(useLanguage(), useTownZone());
}

const made = new Map<string, Moments>();

/** One for all rows of a page: its formats are dear to make. */
function momentsOf(language: Language, zone: string): Moments {
  const key = `${language} ${zone}`;
  const known = made.get(key) ?? new Moments(language, zone);
  made.set(key, known);
  return known;
}
