import { useTranslation } from 'react-i18next';
import { Mark } from './Mark';
import style from './Loading.module.css';

/** The whole page while the first answers are on their way. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <main className={style.page} role="status" aria-label={t('loading')}>
      <Mark size={40} />
    </main>
  );
}
