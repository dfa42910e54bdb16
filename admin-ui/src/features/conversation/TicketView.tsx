import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import { Blank, Broken } from '@/design/Blank';
import { toast } from '@/design/toasts';
import { Facts } from '@/features/contact/Facts';
import { SharedOnly } from '@/features/session/me';
import { markSeen } from '@/features/ticket/seen';
import { ticketQuery } from '@/features/ticket/tickets';
import { Thread } from './Thread';
import { TicketHeader } from './TicketHeader';
import { useFacts } from './useFacts';
import style from './TicketView.module.css';

interface Props {
  number: string;
  /** A message to bring into view. */
  shown?: string | undefined;
  onBack: () => void;
  /** The ticket goes on under another number, because it was joined. */
  onMoved: (number: string) => void;
}

/** One ticket: its conversation, the composer, and its facts. */
export function TicketView({ number, shown, onBack, onMoved }: Props) {
  const { t } = useTranslation();
  const query = useQuery(ticketQuery(number));
  const facts = useFacts();
  const ticket = query.data;
  const movedTo = ticket && ticket.number !== number ? ticket.number : undefined;
  useEffect(() => {
    if (!movedTo) return;
    toast(t('ticket.movedTo', { number: movedTo }));
    onMoved(movedTo);
  }, [movedTo, onMoved, t]);
  const lastAt = ticket?.last_message_at;
  useEffect(() => {
    if (lastAt) markSeen(number, lastAt);
  }, [number, lastAt]);

  if (query.isError && !ticket) {
    return hasCode(query.error, 'not_found') ? (
      <Blank title={t('ticket.notFound.title')} body={t('ticket.notFound.body')} />
    ) : (
      <Broken error={query.error} onRetry={() => void query.refetch()} />
    );
  }
  if (!ticket) return <div className={style.view} aria-busy="true" />;
  return (
    <SharedOnly value={ticket.shared_only}>
      <div className={style.view} data-facts={facts.shown}>
        <article className={style.main} aria-labelledby="ticket-subject">
          <TicketHeader ticket={ticket} facts={facts} onBack={onBack} />
          <Thread ticket={ticket} shown={shown} onMoved={onMoved} />
        </article>
        {facts.shown && <Facts ticket={ticket} onClose={facts.toggle} />}
      </div>
    </SharedOnly>
  );
}
