import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { IconButton } from '@/design/Button';
import { Tag, TicketNumber } from '@/design/Marks';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { DeadlineFacts } from '@/features/ticket/Deadline';
import { History } from '@/features/ticket/History';
import { Joined } from '@/features/ticket/Joined';
import { lengthOfTime } from '@/i18n/format';
import { useLanguage, useMoments } from '@/i18n/words';
import { Card } from './Card';
import { contactTicketsQuery } from './contacts';
import style from './Facts.module.css';

/** Who the citizen is, the facts of the ticket, and what happened to it. */
export function Facts({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useTranslation();
  const others = ticket.parties.filter((each) => each.role !== 'requester');
  return (
    <aside className={style.facts} aria-label={t('ticket.facts')}>
      <IconButton small className={style.close} icon="close" label={t('ticket.hideFacts')} onClick={onClose} />
      <Card ticket={ticket} />
      <Section title={t('ticket.request')}>
        <Dates ticket={ticket} />
      </Section>
      {others.length > 0 && (
        <Section title={t('ticket.parties')}>
          <ul>
            {others.map((party) => (
              <li key={party.address} className={style.address}>
                <ChannelIcon kind={party.kind} size={14} />
                <span className={style.value}>
                  {party.name ?? party.address}
                  {party.name && <small>{party.address}</small>}
                </span>
                <Tag tone={party.role === 'third' ? 'note' : 'plain'}>{t(`ticket.role.${party.role}`)}</Tag>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <OtherTickets ticket={ticket} />
      <Section title={t('ticket.history')}>
        <History number={ticket.number} />
      </Section>
    </aside>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={style.section}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Dates({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const language = useLanguage();
  const now = useMinute();
  const at = (moment: string) => (
    <time dateTime={moment} title={moments.full(moment)}>
      {moments.date(moment, now)}, {moments.clock(moment)}
    </time>
  );
  return (
    <dl className={style.dates}>
      <dt>{t('ticket.opened')}</dt>
      <dd>{at(ticket.created_at)}</dd>
      <dt>{t('ticket.lastMessage')}</dt>
      <dd>{at(ticket.last_message_at)}</dd>
      <dt>{t('ticket.messages')}</dt>
      <dd className="figures">{ticket.message_count}</dd>
      {ticket.waiting_since && (
        <>
          <dt>{t('ticket.waitingSince')}</dt>
          <dd className={style.waiting}>{lengthOfTime(now - Date.parse(ticket.waiting_since), language)}</dd>
        </>
      )}
      <DeadlineFacts ticket={ticket} />
      {ticket.joined.length > 0 && (
        <>
          <dt>{t('ticket.joined')}</dt>
          <dd>
            {ticket.joined.map((number) => (
              <Joined key={number} ticket={ticket} number={number} />
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}

function OtherTickets({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const all = useQuery({ ...contactTicketsQuery(ticket.contact?.id ?? ''), enabled: ticket.contact !== undefined }).data;
  const others = all?.filter((each) => each.number !== ticket.number);
  if (!others) return null;
  return (
    <Section title={t('ticket.others')}>
      {others.length === 0 && <p className={style.none}>{t('ticket.noOthers')}</p>}
      <ul>
        {others.map((each) => (
          <li key={each.number}>
            <Link className={style.other} to="/inbox/$queue/$number" params={{ queue: 'all', number: each.number }}>
              <span className={style.value}>{each.subject}</span>
              <small>
                <TicketNumber value={each.number} /> · {t(`status.${each.status}`)} ·{' '}
                <time dateTime={each.created_at}>{moments.date(each.created_at, now)}</time>
              </small>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
