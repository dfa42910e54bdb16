import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { TicketNumber } from '@/design/Marks';
import { useMoments } from '@/i18n/words';
import { routingLogQuery } from './routing';
import { TagNames } from './TagNames';
import style from './RoutingPage.module.css';

/** What the rules decided on the requests that arrived last. */
export function RoutingLog() {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const query = useQuery(routingLogQuery);
  return (
    <section className={style.block} aria-label={t('routing.log.title')}>
      <h2>{t('routing.log.title')}</h2>
      {query.isPending && <Skeleton rows={4} label={t('loading')} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <Blank quiet title={t('routing.log.none')} />}
      {query.data && query.data.length > 0 && (
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{t('routing.col.request')}</th>
              <th scope="col">{t('routing.col.arrived')}</th>
              <th scope="col">{t('routing.col.rule')}</th>
              <th scope="col">{t('routing.col.office')}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.map((each) => (
              <tr key={each.number}>
                <th scope="row">
                  <Link to="/t/$number" params={{ number: each.number }}>
                    <TicketNumber value={each.number} />
                  </Link>
                  <span>{each.subject}</span>
                </th>
                <td>
                  {each.channel}
                  <small>
                    {moments.date(each.at, now)}, {moments.clock(each.at)}
                  </small>
                </td>
                <td>
                  {each.rule ?? t('routing.col.none')}
                  <TagNames names={each.tags} />
                </td>
                <td>
                  {each.office ?? t('routing.col.channel')}
                  {each.meant && (
                    <small>
                      {t(each.detour === 'closed' ? 'routing.log.closed' : 'routing.log.inactive', {
                        office: each.meant,
                      })}
                    </small>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
