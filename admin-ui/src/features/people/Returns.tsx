import type { UseQueryResult } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { PersonReturns } from '@/api/schema.gen';
import { some } from './returns';
import style from './Returns.module.css';

/** What is not counted is spoken of as more than one. */
const several = 2;

/** Says before a change what goes back into queues with it, and that this cannot be undone. */
export function Returns({ of: { data, isError }, name }: { of: UseQueryResult<PersonReturns>; name: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" className={style.returns}>
      {!data && !isError && <p>{t('returns.counting')}</p>}
      {!data && isError && <p>{t('returns.uncounted', { name })}</p>}
      {data && !some(data) && <p>{t('returns.none', { name })}</p>}
      {data && data.requests > 0 && <p>{t('returns.back', { name, count: data.requests })}</p>}
      {data?.unseen && <p>{t(data.requests > 0 ? 'returns.unseenToo' : 'returns.unseen', { name })}</p>}
      {(data ? some(data) : isError) && (
        <p>
          <strong>{t('returns.forGood', { name, count: data && !data.unseen ? data.requests : several })}</strong>
        </p>
      )}
    </div>
  );
}

/** Words the notice of a change that is done: what goes back stands behind it. */
export function useParting() {
  const { t } = useTranslation();
  return useCallback(
    (done: string, returns: PersonReturns | undefined) =>
      returns && returns.requests > 0 ? `${done}. ${t('returns.told', { count: returns.requests })}` : done,
    [t],
  );
}
