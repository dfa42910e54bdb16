import { useTranslation } from 'react-i18next';
import type { TicketActResult, TicketSummary } from '@/api/schema.gen';
import { Button, IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { TicketNumber } from '@/design/Marks';
import { useRefusal } from './acts';
import style from './BulkBar.module.css';

/** What became of an act, or of taking one back. */
export interface Report {
  refused: readonly TicketActResult[];
  done: number;
  /** How many were so already. */
  same?: number;
  /** Takes back what was done. */
  back?: (() => void) | undefined;
  undone?: boolean;
}

interface Props extends Report {
  rows: readonly TicketSummary[];
  onClose: () => void;
}

/** Names one by one what was left as it is, and why. */
export function ActReport({ refused, done, same = 0, back, undone = false, rows, onClose }: Props) {
  const { t } = useTranslation();
  const why = useRefusal();
  const title = t(undone ? 'bulk.undo.left' : 'bulk.report.title', { count: refused.length });
  const subjects = new Map(rows.map((each) => [each.number, each.subject]));
  return (
    <section className={style.report} aria-label={title}>
      <header>
        <Icon name="warn" size={14} />
        <strong>{title}</strong>
        {back && (
          <Button small icon="undo" onClick={back}>
            {t('bulk.undo.those', { count: done })}
          </Button>
        )}
        <IconButton small icon="close" label={t('close')} onClick={onClose} />
      </header>
      <p>
        {done > 0 ? t(undone ? 'bulk.undo.lead' : 'bulk.report.lead', { count: done }) : t(undone ? 'bulk.undo.none' : 'bulk.report.none')}
        {same > 0 && ` ${t('bulk.same.others', { count: same })}`}
      </p>
      {/* It scrolls when there are many and must be reachable by keyboard then. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div role="group" aria-label={title} tabIndex={0} className={style.refused}>
        <ul>
          {refused.map((each) => (
            <li key={each.number}>
              <span className={style.what}>
                <TicketNumber value={each.number} /> <span className={style.subject}>{subjects.get(each.number)}</span>
              </span>
              <span className={style.why}>{undone && each.outcome === 'stale' ? t('bulk.undo.stale') : why(each)}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
