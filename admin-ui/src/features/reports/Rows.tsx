import { useTranslation } from 'react-i18next';
import type { Report, ReportPart } from '@/api/schema.gen';
import { useChannelName } from '@/features/channel/useChannelName';
import { useLanguage } from '@/i18n/words';
import { useTypeName } from '@/features/standing/standing';
import { keptShare, workedTime } from './lengths';
import { columns } from './Tiles';
import style from './ReportsPage.module.css';

/** The same figures for each office, area, channel or type, the busiest first. */
export function Rows({ report, by }: { report: Report; by: ReportPart }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const channel = useChannelName();
  const type = useTypeName();
  const numbers = new Intl.NumberFormat(language);
  const rows = [...report.rows].sort((a, b) => b.figures.received + b.figures.came - a.figures.received - a.figures.came);
  const name = (row: (typeof rows)[number]) => {
    if (by === 'channel') return row.key === '' ? t('reports.noChannel') : channel(row.key);
    if (by === 'type') return row.key === '' ? t('reports.noType') : type(row.key);
    return row.name || t('reports.noArea');
  };
  return (
    // It scrolls sideways where the window is narrow, and must be reachable by keyboard then.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={style.scroll} role="group" aria-label={t(`reports.by.${by}`)} tabIndex={0}>
      <table className={style.table}>
        <caption className="visually-hidden">{t(`reports.by.${by}`)}</caption>
        <thead>
          <tr>
            <th scope="col">{t(`reports.by.${by}`)}</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {t(`reports.figure.${column}`)}
              </th>
            ))}
            {(['answer', 'settle', 'stay'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`reports.median.${column}`)}
              </th>
            ))}
            {(['first', 'next', 'resolve'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`reports.terms.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{name(row)}</th>
              {columns.map((column) => (
                <td key={column}>{numbers.format(row.figures[column])}</td>
              ))}
              {(['answer', 'settle', 'stay'] as const).map((column) => (
                <td key={column}>{row.figures[column].count === 0 ? '–' : workedTime(row.figures[column].worked_median, language)}</td>
              ))}
              {(['first', 'next', 'resolve'] as const).map((column) => (
                <td key={column}>{keptShare(row.figures.terms[column], language)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
