import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { operatorsQuery } from '@/features/ticket/tickets';
import { useMoments } from '@/i18n/words';
import style from './Aside.module.css';

/** Until when a ticket is put aside and by whom, with a way to take it back. */
export function AsideLine({ ticket, onWake }: { ticket: Ticket; onWake?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const operators = useQuery(operatorsQuery).data;
  const until = ticket.snoozed_until;
  if (!until) return null;
  const who = operators?.find((each) => each.id === ticket.snoozed_by)?.name;
  return (
    <p className={style.line}>
      <Icon name="moon" size={13} />
      <span>
        {t('aside.until', { date: `${moments.weekday(until)}, ${moments.clock(until)}` })}
        {who && ` ${t('aside.by', { name: who })}`}
      </span>
      {onWake && (
        <button type="button" onClick={onWake}>
          {t('aside.wake')}
        </button>
      )}
    </p>
  );
}
