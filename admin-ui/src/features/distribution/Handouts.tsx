import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { TicketNumber } from '@/design/Marks';
import { handoutsQuery } from './distribution';
import { useMoments } from '@/i18n/words';
import style from './Distribution.module.css';

const words = { automatic: 'given', absent: 'returned', left: 'left' } as const;

/** What the hub assigned by itself, and took back from who is away. */
export function Handouts() {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const query = useQuery(handoutsQuery);
  return (
    <section className={style.log} aria-label={t('distribution.log')}>
      <h2>{t('distribution.log')}</h2>
      {query.isPending && <Skeleton rows={3} label={t('loading')} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <Blank quiet title={t('distribution.logNone')} />}
      {query.data && query.data.length > 0 && (
        <ul className={style.list}>
          {query.data.map((each) => (
            <li key={`${each.number} ${each.at} ${each.cause}`}>
              <span>
                <Link to="/t/$number" params={{ number: each.number }}>
                  <TicketNumber value={each.number} />
                </Link>{' '}
                {each.subject}
                <small>
                  {moments.date(each.at, now)}, {moments.clock(each.at)} · {each.office}
                </small>
              </span>
              <span>{t(`distribution.${words[each.cause]}`, { name: each.operator })}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
