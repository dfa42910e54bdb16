import { useTranslation } from 'react-i18next';
import type { Report, ReportFigure, ReportFigures, ReportSpread, ReportTerm, ReportTerms } from '@/api/schema.gen';
import { useLanguage } from '@/i18n/words';
import { changeSince } from './change';
import { elapsedTime, keptShare, workedTime } from './lengths';
import style from './ReportsPage.module.css';

interface Props {
  report: Report;
  /** Absent where the requests behind a figure may not be seen. */
  onOpen?: ((figure: ReportFigure) => void) | undefined;
}

const counts = ['received', 'answered', 'resolved', 'first_level', 'reopened', 'came', 'went'] as const;

/** The figures of the period as large numbers, each with what it means and how it was before. */
export function Tiles({ report, onOpen }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { total, previous } = report;
  const shown = counts.filter((each) => total[each] + previous[each] > 0 || !['came', 'went', 'reopened'].includes(each));
  return (
    <dl className={style.tiles}>
      {shown.map((each) => (
        <Tile
          key={each}
          name={t(`reports.figure.${each}`)}
          means={t(`reports.means.${each}`)}
          value={total[each]}
          before={previous[each]}
          part={each === 'first_level' ? total.resolved : undefined}
          onOpen={onOpen && total[each] > 0 ? () => onOpen(each) : undefined}
        />
      ))}
      <Tile
        name={t('reports.figure.backlog')}
        means={t('reports.means.backlog', { opening: new Intl.NumberFormat(language).format(total.opening) })}
        value={total.backlog}
        before={previous.backlog}
      />
      <Time name={t('reports.figure.answer')} means={t('reports.means.answer')} now={total.answer} before={previous.answer} />
      <Time name={t('reports.figure.settle')} means={t('reports.means.settle')} now={total.settle} before={previous.settle} />
      <Time
        name={t('reports.figure.stay')}
        means={t('reports.means.stay', { held: workedTime(total.held_seconds, language) })}
        now={total.stay}
        before={previous.stay}
        worked
      />
      {(['first', 'next', 'resolve'] as const).map((each) => (
        <Terms key={each} of={each} now={total.terms[each]} before={previous.terms[each]} onOpen={onOpen} />
      ))}
    </dl>
  );
}

interface TileProps {
  name: string;
  means: string;
  value: number;
  before: number;
  part?: number | undefined;
  onOpen?: (() => void) | undefined;
}

function Tile({ name, means, value, before, part, onOpen }: TileProps) {
  const { t } = useTranslation();
  const numbers = new Intl.NumberFormat(useLanguage());
  const change = changeSince(before, value);
  return (
    <div className={style.tile}>
      <dt>{name}</dt>
      <dd className={style.value}>
        {onOpen ? (
          <button type="button" onClick={onOpen} aria-label={t('reports.open', { name, count: value })}>
            {numbers.format(value)}
          </button>
        ) : (
          numbers.format(value)
        )}
        {part !== undefined && part > 0 && <small> {t('reports.share', { share: Math.round((100 * value) / part) })}</small>}
      </dd>
      <dd className={style.before}>
        {before === 0 ? t('reports.nothingBefore') : t('reports.earlier', { value: numbers.format(before) })}
        {change && ` (${change})`}
      </dd>
      <dd className={style.means}>{means}</dd>
    </div>
  );
}

function Time({
  name,
  means,
  now,
  before,
  worked,
}: {
  name: string;
  means: string;
  now: ReportSpread;
  before: ReportSpread;
  worked?: boolean;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const none = now.count === 0;
  return (
    <div className={style.tile}>
      <dt>{name}</dt>
      <dd className={style.value}>{none ? '–' : workedTime(now.worked_median, language)}</dd>
      <dd className={style.before}>
        {!none && t('reports.nine', { time: workedTime(now.worked_p90, language) })}
        {!none && !worked && <> · {t('reports.onTheClock', { time: elapsedTime(now.elapsed_median, language) })}</>}
        {before.count > 0 && <> · {t('reports.earlier', { value: workedTime(before.worked_median, language) })}</>}
      </dd>
      <dd className={style.means}>{means}</dd>
    </div>
  );
}

interface TermsProps {
  of: keyof ReportTerms;
  now: ReportTerm;
  before: ReportTerm;
  onOpen?: Props['onOpen'];
}

/** The part of terms that were met; both sides open the requests behind them. */
function Terms({ of, now, before, onOpen }: TermsProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const numbers = new Intl.NumberFormat(language);
  const name = t(`reports.terms.${of}`);
  const side = (which: 'met' | 'missed') => {
    const count = now[which];
    const words = t(`reports.${which}`, { count, value: numbers.format(count) });
    const figure = `${of}_${which}` as const;
    return onOpen && count > 0 ? (
      <button type="button" onClick={() => onOpen(figure)} aria-label={`${words}: ${t(`reports.figure.${figure}`)}`}>
        {words}
      </button>
    ) : (
      words
    );
  };
  return (
    <div className={style.tile}>
      <dt>{name}</dt>
      <dd className={style.value}>{keptShare(now, language)}</dd>
      <dd className={style.before}>
        {now.met + now.missed === 0 ? (
          t('reports.noTerms')
        ) : (
          <>
            {side('met')} · {side('missed')}
          </>
        )}
        {before.met + before.missed > 0 && <> · {t('reports.earlier', { value: keptShare(before, language) })}</>}
      </dd>
      <dd className={style.means}>{t(`reports.termMeans.${of}`)}</dd>
    </div>
  );
}

/** What a row or a step has in the tables. */
export const columns: readonly (keyof ReportFigures & ('received' | 'answered' | 'resolved' | 'first_level' | 'reopened' | 'backlog'))[] = [
  'received',
  'answered',
  'resolved',
  'first_level',
  'reopened',
  'backlog',
];
