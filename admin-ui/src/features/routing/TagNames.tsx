import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/i18n/words';

/** The tags that a rule gives one request, in a line of their own. */
export function TagNames({ names = [] }: { names?: string[] | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (names.length === 0) return null;
  const list = new Intl.ListFormat(language, { type: 'conjunction' }).format(names.map((word) => t('routing.quoted', { word })));
  return <small>{t('routing.then.tags', { count: names.length, list })}</small>;
}
