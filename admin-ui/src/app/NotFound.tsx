import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Blank } from '@/design/Blank';

/** What stands at an address that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation();
  return <Blank title={t('nowhere.title')} body={t('nowhere.body')} action={<Link to="/">{t('nowhere.home')}</Link>} />;
}
