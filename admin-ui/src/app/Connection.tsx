import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '@/design/announce';
import { Icon } from '@/design/Icon';
import { liveState } from './live';
import { useStore } from './store';
import style from './Connection.module.css';

/** Milliseconds a lost line is kept quiet: a blip while the hub restarts is no news. */
const patience = 4000;

/** Says that the hub cannot be reached, once that has lasted a moment. */
export function Connection() {
  const { t } = useTranslation();
  const state = useStore(liveState);
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (state !== 'lost') return;
    const timer = setTimeout(() => {
      setLasting(true);
      announce(t('offline.title'));
    }, patience);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [state, t]);
  if (!lasting) return null;
  return (
    <div className={style.banner}>
      <Icon name="offline" />
      <p>
        <strong>{t('offline.title')}.</strong> {t('offline.body')} {t('offline.stale')}
      </p>
    </div>
  );
}
