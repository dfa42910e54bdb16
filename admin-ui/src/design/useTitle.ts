import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** Names the page in the browser's tab. */
export function useTitle(title: string) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = t('page', { title });
  }, [t, title]);
}
