import { useTranslation } from 'react-i18next';
import type { Ask } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { lengthOfTime } from '@/i18n/format';
import { useLanguage, useMoments } from '@/i18n/words';
import style from './Asks.module.css';

/** By when an answer is due, and how far away that is. */
export function Due({ ask }: { ask: Ask }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const moments = useMoments();
  const now = useMinute();
  const left = Date.parse(ask.due_at) - now;
  const time = lengthOfTime(Math.abs(left), language);
  return (
    <time className={style.due} data-late={left < 0} dateTime={ask.due_at} title={moments.full(ask.due_at)}>
      {left < 0 ? t('ask.late', { time }) : t('ask.dueBy', { date: moments.date(ask.due_at, now), clock: moments.clock(ask.due_at) })}
    </time>
  );
}
