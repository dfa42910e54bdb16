import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { useMoments } from '@/i18n/words';
import { useStandingWords } from './standing';
import style from './StandingLine.module.css';

/** What is to be said of the status of a ticket, with a way to put it right. */
export function StandingLine({ ticket, onChange }: { ticket: Ticket; onChange?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const words = useStandingWords();
  const moments = useMoments();
  const now = useMinute();
  const said = ticket.standing;
  if (!said) return null;
  return (
    <p className={style.line}>
      <span>{words(said).join(' · ')}</span>
      {said.until && (
        <time dateTime={said.until} title={moments.full(said.until)}>
          {t('standing.until', { date: moments.date(said.until, now) })}
        </time>
      )}
      {onChange && (
        <button type="button" onClick={onChange}>
          {t('standing.change')}
        </button>
      )}
    </p>
  );
}
