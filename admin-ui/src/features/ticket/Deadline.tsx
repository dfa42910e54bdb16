import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Icon } from '@/design/Icon';
import { lengthOfTime, roughTime, shortTime } from '@/i18n/format';
import { useLanguage, useMoments } from '@/i18n/words';
import { deadlineFacts, deadlineOf, type Deadline as Due } from './deadline';
import style from './Deadline.module.css';

type Clocked = Pick<TicketSummary, 'status' | 'clocks'>;
const day = 24 * 60 * 60_000;

/** Words for when something is due: `oggi 17:00`, `domani 13:00`, `3 dic 13:00`. */
function useWhen() {
  const { t } = useTranslation();
  const moments = useMoments();
  return (at: string, now: number) => {
    const time = moments.clock(at);
    if (moments.sameDay(at, now)) return t('deadline.today', { time });
    if (moments.sameDay(at, now + day)) return t('deadline.tomorrow', { time });
    return t('deadline.on', { date: moments.date(at, now), time });
  };
}

/** By when a ticket is due, in a row of a list: few words, said in full to who cannot see it. */
export function RowDeadline({ ticket, always }: { ticket: Clocked; always: boolean }) {
  const { t } = useTranslation();
  const now = useMinute();
  const language = useLanguage();
  const moments = useMoments();
  const when = useWhen();
  const due = deadlineOf(ticket, now);
  if (!due || due.state === 'paused' || (due.state === 'running' && !always)) return null;
  const time = due.state === 'late' ? shortTime(now - Date.parse(due.at), language) : when(due.at, now);
  return (
    <time
      className={style.row}
      data-state={due.state}
      dateTime={due.at}
      title={`${t(`deadline.dueBy.${due.target}`)}: ${moments.full(due.at)}`}
    >
      <Icon name="clock" size={12} />
      {t(`deadline.${due.state === 'late' ? 'lateShort' : 'short'}.${due.target}`, { time })}
    </time>
  );
}

/** By when a ticket is due, above its conversation; that its clocks stand still, and why. */
export function HeaderDeadline({ ticket }: { ticket: Clocked }) {
  const { t } = useTranslation();
  const now = useMinute();
  const moments = useMoments();
  const due = deadlineOf(ticket, now);
  const words = useDeadlineWords();
  if (!due) return null;
  return (
    <span className={style.chip} data-state={due.state} title={due.state === 'paused' ? t('deadline.pausedHint') : moments.full(due.at)}>
      <Icon name={due.state === 'paused' ? 'pause' : 'clock'} size={13} />
      {words(due, now)}
    </span>
  );
}

/** Words a deadline whole. */
export function useDeadlineWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const when = useWhen();
  return (due: Due, now: number): string => {
    if (due.state === 'paused') return t(`deadline.paused.${due.why}`);
    if (due.state === 'late') return t(`deadline.late.${due.target}`, { time: roughTime(now - Date.parse(due.at), language) });
    return t(`deadline.due.${due.target}`, { time: when(due.at, now) });
  };
}

/** The deadlines of a ticket as facts: what was due by when, and whether it was met. */
export function DeadlineFacts({ ticket }: { ticket: Clocked & { closed_at?: string } }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const language = useLanguage();
  const now = useMinute();
  return deadlineFacts(ticket, now).map(({ target, due, state, over }) => (
    <div key={target} className={style.fact}>
      <dt>{t(`deadline.${target}`)}</dt>
      <dd>
        <time dateTime={due} title={moments.full(due)}>
          {moments.date(due, now)}, {moments.clock(due)}
        </time>
        {state === 'late' && <small data-state="late">{t('deadline.overBy', { time: lengthOfTime(over, language) })}</small>}
        {state === 'met' && <small>{t('deadline.met')}</small>}
        {state === 'stands' && <small>{t('deadline.stands')}</small>}
      </dd>
    </div>
  ));
}
