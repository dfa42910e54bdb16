import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useContactName } from '@/features/contact/useContactName';
import { Icon } from '@/design/Icon';
import type { IconName } from '@/design/icons';
import { Initials, TicketNumber } from '@/design/Marks';
import { RowTags } from '@/features/tags/TagChip';
import { RowDeadline } from '@/features/ticket/Deadline';
import { priorityWord } from '@/features/standing/standing';
import type { TicketFilter } from '@/features/ticket/queue';
import { isUnseen } from '@/features/ticket/seen';
import { lengthOfTime, waitStep } from '@/i18n/format';
import { useLanguage, useMoments } from '@/i18n/words';
import type { InboxSearch } from './address';
import style from './Row.module.css';

interface Props {
  ticket: TicketSummary;
  open: boolean;
  /** Whether a box to tick stands before it. */
  ticking: boolean;
  tabStop: boolean;
  looked: Record<string, string>;
  filter: TicketFilter;
  search: InboxSearch;
}

const attentionIcons: Record<TicketSummary['attention'][number], { icon: IconName; tone: string }> = {
  delivery_failed: { icon: 'failed', tone: 'danger' },
  delivery_uncertain: { icon: 'uncertain', tone: 'doubt' },
  suggestion: { icon: 'join', tone: 'note' },
  ask_ended: { icon: 'office', tone: 'note' },
};

/** One ticket in a list: who, what, how long they have waited, and whose it is. */
export const Row = memo(function Row({ ticket, open, ticking, tabStop, looked, filter, search }: Props) {
  const { t } = useTranslation();
  const nameOf = useContactName();
  const unseen = isUnseen(ticket, looked);
  return (
    <Link
      to="/inbox/$queue/$number"
      params={{ queue: filter.queue, number: ticket.number }}
      search={search}
      className={style.row}
      data-open={open}
      data-unseen={unseen}
      data-ticking={ticking}
      aria-current={open ? 'true' : undefined}
      tabIndex={tabStop ? 0 : -1}
    >
      <WaitEdge since={ticket.waiting_since} />
      <span className={style.line}>
        {unseen && <span className={style.dot} role="img" aria-label={t('inbox.unread')} />}
        <span className={style.name}>{nameOf(ticket)}</span>
        <RowTags ids={ticket.tags} />
        <Waiting ticket={ticket} />
      </span>
      <span className={style.line}>
        <span className={style.subject}>
          {ticket.subject}
          {ticket.preview && <span className={style.preview}>{ticket.preview}</span>}
        </span>
        <RowDeadline ticket={ticket} always={filter.order === 'due'} />
        {ticket.attention.map((each) => (
          <span key={each} className={style[attentionIcons[each].tone]} title={t(`inbox.attention.${each}`)}>
            <Icon name={attentionIcons[each].icon} size={14} label={t(`inbox.attention.${each}`)} />
          </span>
        ))}
      </span>
      <span className={`${style.line} ${style.meta}`}>
        {ticket.channel_kind && <ChannelIcon kind={ticket.channel_kind} size={13} />}
        <TicketNumber value={ticket.number} />
        <span className={style.office} title={ticket.office.name}>
          {ticket.office.name}
        </span>
        {ticket.snoozed_until && <Aside until={ticket.snoozed_until} />}
        {ticket.status !== 'open' && <Stands ticket={ticket} />}
        {ticket.priority > 2 && <span className={style.urgent}>{t(`priority.${priorityWord(ticket.priority)}`)}</span>}
        <span className={style.assignee}>{ticket.assignee ? <Initials name={ticket.assignee.name} /> : <Nobody />}</span>
      </span>
    </Link>
  );
});

/** Until when it is put aside. */
function Aside({ until }: { until: string }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  return (
    <span className={style.aside} title={moments.full(until)}>
      <Icon name="moon" size={12} />
      {t('aside.short', { date: moments.brief(until, now) })}
    </span>
  );
}

/** The status, whom it waits for and until when, or how it ended. */
function Stands({ ticket }: { ticket: TicketSummary }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const said = ticket.standing;
  const more = said?.outcome
    ? t(`outcome.${said.outcome}`)
    : (said?.who ?? (said?.until && t('standing.until', { date: moments.date(said.until, now) })));
  const text = more ? `${t(`status.${ticket.status}`)}: ${more}` : t(`status.${ticket.status}`);
  return (
    <span className={style.status} title={text}>
      {text}
    </span>
  );
}

function Nobody() {
  const { t } = useTranslation();
  return (
    <span title={t('inbox.unassigned')}>
      <Icon name="unassigned" size={13} label={t('inbox.unassigned')} />
    </span>
  );
}

function WaitEdge({ since }: { since: string | undefined }) {
  const now = useMinute();
  return <span className={style.edge} data-step={since ? waitStep(now - Date.parse(since)) : 0} />;
}

function Waiting({ ticket }: { ticket: TicketSummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const moments = useMoments();
  const now = useMinute();
  if (!ticket.waiting_since) {
    const at = ticket.last_message_at;
    return (
      <time className={style.time} dateTime={at} title={moments.full(at)}>
        {moments.brief(at, now)}
      </time>
    );
  }
  const time = lengthOfTime(now - Date.parse(ticket.waiting_since), language);
  return (
    <time className={style.waiting} dateTime={ticket.waiting_since} title={moments.full(ticket.waiting_since)}>
      <Icon name="waiting" size={12} />
      <span className="visually-hidden">{t('inbox.waiting', { time })}</span>
      <span aria-hidden="true">{time}</span>
    </time>
  );
}
