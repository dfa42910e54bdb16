import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CalendarPreviewInput } from '@/api/schema.gen';
import { useCoded, useMoments } from '@/i18n/words';
import { previewQuery } from './calendar';
import style from './Hours.module.css';

/** Milliseconds after which what is typed counts as typed. */
const pause = 400;

/** What is given, once it has stayed the same for a moment. */
function useSettled(given: string): string {
  const [settled, setSettled] = useState(given);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(given), pause);
    return () => clearTimeout(timer);
  }, [given]);
  return settled;
}

/** Says by examples what hours and closing days mean; nothing while they cannot be read. */
export function Preview({ input, holidays }: { input: CalendarPreviewInput; holidays?: boolean }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const coded = useCoded();
  const settled = useSettled(JSON.stringify(input));
  const { data, isError } = useQuery(previewQuery(JSON.parse(settled) as CalendarPreviewInput));
  if (!data || isError) return null;
  const Title = holidays ? 'h2' : 'h3';
  return (
    <div className={style.preview}>
      <Title>{t('hours.preview')}</Title>
      <ul>
        {data.examples.map((each) => (
          <li key={each.arrives}>
            {each.due
              ? t('hours.example', {
                  arrives: moments.full(each.arrives),
                  due: moments.full(each.due),
                  count: each.days,
                })
              : t('hours.never', { arrives: moments.full(each.arrives) })}
          </li>
        ))}
      </ul>
      {holidays && data.days_off.length > 0 && (
        <details>
          <summary>{t('hours.daysOff', { count: data.days_off.length })}</summary>
          <ul>
            {data.days_off.map((each) => (
              <li key={each.date}>
                {moments.weekday(`${each.date}T12:00:00Z`)}:{' '}
                {each.closed.kind === 'patron' ? t('offices.patronDay') : coded('offices.holiday', each.closed.name)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
