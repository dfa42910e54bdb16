import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useCoded } from '@/i18n/words';
import { Problem } from './problem';

/** Words a failure: what happened and what to do, in the reader's language. */
export function useProblemText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof Problem)) return t('error.internal');
      if (error.code === 'rate_limited') return t('error.rate_limited', { seconds: error.retryAfter ?? 30 });
      const key = `error.${error.code}`;
      const say = t as unknown as (key: string) => string;
      return i18n.exists(key) && error.code !== 'field' ? say(key) : t('error.internal');
    },
    [t, i18n],
  );
}

/** Words what is wrong with one field of a refused request; nothing when that field was fine. */
export function useFieldText(): (error: unknown, field: string) => string | undefined {
  const coded = useCoded();
  return useCallback(
    (error: unknown, field: string) => {
      if (!(error instanceof Problem)) return undefined;
      const wrong = error.fields.find((each) => each.field === field || each.field.startsWith(`${field}.`));
      return wrong && coded('error.field', wrong.code);
    },
    [coded],
  );
}
