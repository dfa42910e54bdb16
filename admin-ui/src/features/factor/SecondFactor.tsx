import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMinute } from '@/app/clock';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { useMoments } from '@/i18n/words';
import { factorQuery } from './factor';
import { FactorDialog, type Act } from './FactorDialog';
import style from './factor.module.css';

/** The own second factor: whether there is one, and what one can do about it. */
export function SecondFactor() {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const query = useQuery(factorQuery);
  const [act, setAct] = useState<Act>();
  if (query.isPending) return <Skeleton rows={2} label={t('loading')} />;
  if (!query.data) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  const { active, since, recovery_codes: left, required } = query.data;
  return (
    <>
      {active ? (
        <p>
          {since && t('factor.on', { date: moments.date(since, now) })} {t('factor.left', { count: left })}{' '}
          {required && t('factor.required')}
        </p>
      ) : (
        <p>{t(required ? 'factor.offRequired' : 'factor.off')}</p>
      )}
      <div className={style.row}>
        <Button onClick={() => setAct('set')}>{t(active ? 'factor.another' : 'factor.activate')}</Button>
        {active && <Button onClick={() => setAct('codes')}>{t('factor.newCodes')}</Button>}
        {active && !required && <Button onClick={() => setAct('end')}>{t('factor.end')}</Button>}
      </div>
      {act && <FactorDialog act={act} active={active} onClose={() => setAct(undefined)} />}
    </>
  );
}
