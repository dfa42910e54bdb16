import { useTranslation } from 'react-i18next';
import type { Report } from '@/api/schema.gen';
import { useLanguage } from '@/i18n/words';
import { keptShare } from './lengths';
import style from './ReportsPage.module.css';

const [width, height, left, bottom] = [960, 220, 44, 24];

/** What came and what was settled, step by step, as bars; the same numbers follow as a table. */
export function Course({ report, step }: { report: Report; step: 'day' | 'week' | 'month' }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const numbers = new Intl.NumberFormat(language);
  const dates = new Intl.DateTimeFormat(
    language === 'it' ? 'it-IT' : 'en-GB',
    step === 'month' ? { month: 'short', year: '2-digit', timeZone: 'UTC' } : { day: 'numeric', month: 'short', timeZone: 'UTC' },
  );
  const name = (key: string) => dates.format(new Date(key));
  const steps = report.course;
  const top = roof(Math.max(1, ...steps.map((each) => Math.max(each.figures.received, each.figures.resolved))));
  const slot = (width - left) / Math.max(steps.length, 1);
  const bar = Math.min(slot * 0.36, 22);
  const y = (value: number) => (height - bottom) * (1 - value / top) + 6;
  const every = Math.ceil(steps.length / 14);
  return (
    <section className={style.block}>
      <h2>{t(`reports.course.${step}`)}</h2>
      <p className={style.legend}>
        <span data-is="received" /> {t('reports.figure.received')} <span data-is="resolved" /> {t('reports.figure.resolved')}
      </p>
      {/* It scrolls sideways where the window is narrow, and must be reachable by keyboard then. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={style.scroll} role="group" aria-label={t(`reports.course.${step}`)} tabIndex={0}>
        <svg
          viewBox={`0 0 ${width} ${height + 8}`}
          className={style.chart}
          role="img"
          aria-label={t('reports.chart', { step: t(`reports.step.${step}`) })}
        >
          {[0, top / 2, top].map((value) => (
            <g key={value}>
              <line x1={left} x2={width} y1={y(value)} y2={y(value)} />
              <text x={left - 6} y={y(value) + 4} textAnchor="end">
                {numbers.format(value)}
              </text>
            </g>
          ))}
          {steps.map((each, index) => {
            const x = left + slot * index + slot / 2;
            return (
              <g key={each.key}>
                <title>
                  {t('reports.point', {
                    when: name(each.key),
                    received: numbers.format(each.figures.received),
                    resolved: numbers.format(each.figures.resolved),
                  })}
                </title>
                <rect
                  data-is="received"
                  x={x - bar - 0.5}
                  width={bar}
                  y={y(each.figures.received)}
                  height={y(0) - y(each.figures.received)}
                />
                <rect data-is="resolved" x={x + 0.5} width={bar} y={y(each.figures.resolved)} height={y(0) - y(each.figures.resolved)} />
                {index % every === 0 && (
                  <text x={x} y={height + 4} textAnchor="middle">
                    {name(each.key)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <details>
        <summary>{t('reports.asTable')}</summary>
        {/* As the chart. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div className={style.scroll} role="group" aria-label={t(`reports.course.${step}`)} tabIndex={0}>
          <table className={style.table}>
            <caption className="visually-hidden">{t(`reports.course.${step}`)}</caption>
            <thead>
              <tr>
                <th scope="col">{t(`reports.step.${step}`)}</th>
                {(['received', 'answered', 'resolved', 'reopened', 'backlog'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`reports.figure.${column}`)}
                  </th>
                ))}
                {(['first', 'resolve'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`reports.terms.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.map((each) => (
                <tr key={each.key}>
                  <th scope="row">{name(each.key)}</th>
                  {(['received', 'answered', 'resolved', 'reopened', 'backlog'] as const).map((column) => (
                    <td key={column}>{numbers.format(each.figures[column])}</td>
                  ))}
                  {(['first', 'resolve'] as const).map((column) => (
                    <td key={column}>{keptShare(each.figures.terms[column], language)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

/** The round and even number at or above. */
function roof(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value));
  return Math.max(2, [1, 2, 4, 6, 8, 10].map((each) => each * ten).find((each) => each >= value) ?? value);
}
