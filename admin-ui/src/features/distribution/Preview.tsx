import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TicketNumber } from '@/design/Marks';
import { previewQuery } from './distribution';
import style from './Distribution.module.css';

/** Whom the requests that nobody has would be given to now. Nothing is assigned by looking. */
export function Preview({ office, automatic }: { office: string; automatic: boolean }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const query = useQuery({ ...previewQuery(office), enabled: wanted });
  const p = query.data;
  return (
    <div className={style.preview}>
      <Button
        small
        icon="play"
        disabled={query.isFetching}
        onClick={() => {
          setWanted(true);
          if (wanted) void query.refetch();
        }}
      >
        {t('distribution.try')}
      </Button>
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {wanted && query.isPending && <Skeleton rows={3} label={t('loading')} />}
      {p && (
        <>
          <p aria-live="polite">
            {!automatic && `${t('distribution.notAutomatic')} `}
            {!p.open && `${t('distribution.closed')} `}
            {t('distribution.present', { count: p.present })} {p.items.length === 0 && t('distribution.nothing')}
          </p>
          {p.items.length > 0 && (
            <ul className={style.list} aria-label={t('distribution.try')}>
              {p.items.map((each) => (
                <li key={each.number}>
                  <span>
                    <Link to="/t/$number" params={{ number: each.number }}>
                      <TicketNumber value={each.number} />
                    </Link>{' '}
                    {each.subject}
                  </span>
                  <span>{each.operator ?? t('distribution.noRoom')}</span>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </div>
  );
}
