import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { RoutingRule, RoutingTrial } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Blank } from '@/design/Blank';
import { TicketNumber } from '@/design/Marks';
import { useMoments } from '@/i18n/words';
import { TagNames } from './TagNames';
import style from './RoutingPage.module.css';

/** What rules would have done with the requests that arrived last. */
export function Trial({ trial, rules }: { trial: RoutingTrial; rules: readonly RoutingRule[] }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  if (trial.arrived === 0) return <Blank quiet title={t('routing.trial.nothing')} />;
  return (
    <section className={style.block} aria-label={t('routing.trial.title')}>
      <h2>{t('routing.trial.title')}</h2>
      <p role="status">
        {t('routing.trial.arrived', { count: trial.arrived })}{' '}
        {trial.since && t('routing.trial.since', { time: moments.date(trial.since, now) })}{' '}
        {t('routing.trial.changed', { count: trial.changed })} {t('routing.trial.unruled', { count: trial.unruled })}
      </p>
      {trial.samples.length > 0 && (
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{t('routing.col.request')}</th>
              <th scope="col">{t('routing.col.rule')}</th>
              <th scope="col">{t('routing.col.now')}</th>
              <th scope="col">{t('routing.col.then')}</th>
            </tr>
          </thead>
          <tbody>
            {trial.samples.map((each) => (
              <tr key={each.number} data-changed={each.from !== each.to}>
                <th scope="row">
                  <Link to="/t/$number" params={{ number: each.number }}>
                    <TicketNumber value={each.number} />
                  </Link>
                  <span>{each.subject}</span>
                </th>
                <td>{each.rule === undefined ? t('routing.col.none') : rules[each.rule]?.name}</td>
                <td>{each.from}</td>
                <td>
                  {each.from === each.to ? t('routing.col.same') : <strong>{each.to}</strong>}
                  {each.detour && <small>{t(`routing.trial.${each.detour}`)}</small>}
                  <TagNames names={each.tags} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
