import { useTranslation } from 'react-i18next';
import type { TicketActResult, TicketSummary } from '@/api/schema.gen';
import { IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { TicketNumber } from '@/design/Marks';
import { useRefusal } from './acts';
import style from './BulkBar.module.css';

interface Props {
  refused: readonly TicketActResult[];
  done: number;
  rows: readonly TicketSummary[];
  onClose: () => void;
}

/** Names one by one what was left as it is, and why. */
export function ActReport({ refused, done, rows, onClose }: Props) {
  const { t } = useTranslation();
  const why = useRefusal();
  const subjects = new Map(rows.map((each) => [each.number, each.subject]));
  return (
    <section className={style.report} aria-label={t('bulk.report.title', { count: refused.length })}>
      <header>
        <Icon name="warn" size={14} />
        <strong>{t('bulk.report.title', { count: refused.length })}</strong>
        <IconButton small icon="close" label={t('close')} onClick={onClose} />
      </header>
      <p>{done > 0 ? t('bulk.report.lead', { count: done }) : t('bulk.report.none')}</p>
      {/* It scrolls when there are many and must be reachable by keyboard then. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div role="group" aria-label={t('bulk.report.title', { count: refused.length })} tabIndex={0} className={style.refused}>
        <ul>
          {refused.map((each) => (
            <li key={each.number}>
              <span className={style.what}>
                <TicketNumber value={each.number} /> <span className={style.subject}>{subjects.get(each.number)}</span>
              </span>
              <span className={style.why}>{why(each)}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
