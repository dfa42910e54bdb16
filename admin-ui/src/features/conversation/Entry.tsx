import { memo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Correspondent, Message } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { Tag } from '@/design/Marks';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { Deliveries } from '@/features/delivery/Deliveries';
import { insert } from '@/features/composer/inserted';
import { Mentioned } from '@/features/mention/Mentioned';
import { useMay } from '@/features/session/me';
import { useCoded, useMoments } from '@/i18n/words';
import { Attachments } from './Attachments';
import { cutQuoted } from './quoted';
import { MessageBody } from './MessageBody';
import { senderName } from './messages';
import { Sender } from './Sender';
import { Signatures } from './Signatures';
import { SplitOffer, SplitTool } from './SplitOffer';
import style from './Entry.module.css';

interface Props {
  message: Message;
  before: Message | undefined;
  /** Subject of the ticket; a message repeats it only when it differs. */
  subject: string;
  /** Whether it is the only letter of the ticket. */
  only: boolean;
  /** Whether it is what one came for. */
  marked: boolean;
}

/** One message in the register: when on the left, who and what on the right. */
export const Entry = memo(function Entry({ message, before, subject, only, marked }: Props) {
  const { t } = useTranslation();
  const name = senderName(message) || t('inbox.unknownContact');
  const kind =
    message.direction === 'note'
      ? t('conversation.note')
      : message.direction === 'outbound'
        ? t('conversation.outbound')
        : t('conversation.inbound');
  return (
    <li
      className={style.entry}
      data-direction={message.direction}
      data-automatic={message.automatic}
      data-message={message.id}
      data-marked={marked}
      aria-current={marked || undefined}
    >
      <Gutter message={message} before={before} />
      <article className={style.sheet} aria-label={`${kind}: ${name}`}>
        <Head message={message} before={before} name={name} />
        <Why message={message} subject={subject} />
        <SplitOffer message={message} subject={subject} />
        <Content message={message} tools={<SplitTool message={message} subject={subject} only={only} />} />
        <Mentioned message={message} />
        {!message.way && (message.direction === 'outbound' || message.deliveries.length > 0) && <Deliveries message={message} />}
        {(message.about?.code === 'ask_answered' || message.about?.code === 'expert_answered') && <UseAnswer message={message} />}
      </article>
    </li>
  );
});

/** What another office answered, on its way into the reply to the citizen. */
function UseAnswer({ message }: { message: Message }) {
  const { t } = useTranslation();
  if (!useMay('ticket.reply')) return null;
  return (
    <Button small look="quiet" icon="reply" onClick={() => insert(message.ticket, cutQuoted(message.text).own)}>
      {t('ask.use')}
    </Button>
  );
}

/** What we sent by machine, or called back, is folded: nobody needs to read it again and again. */
function Content({ message, tools }: { message: Message; tools: ReactNode }) {
  const { t } = useTranslation();
  const foldable = message.direction === 'outbound' && (message.automatic || message.flags.includes('cancelled'));
  const [open, setOpen] = useState(!foldable);
  return (
    <>
      {foldable && (
        <button type="button" className={style.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t('conversation.hideText') : t('conversation.showText')}
        </button>
      )}
      {open && (
        <>
          <MessageBody message={message} tools={tools} />
          <Attachments items={message.attachments} foreign={message.direction === 'inbound' || message.about?.code === 'expert_answered'} />
        </>
      )}
    </>
  );
}

function Gutter({ message, before }: { message: Message; before: Message | undefined }) {
  const moments = useMoments();
  const now = useMinute();
  const carried = message.channel?.kind ?? message.way;
  const newDay = !before || !moments.sameDay(before.created_at, message.created_at);
  return (
    <div className={style.gutter}>
      <time dateTime={message.created_at} title={moments.full(message.created_at)}>
        {newDay && <span className={style.day}>{moments.date(message.created_at, now)}</span>}
        {moments.clock(message.created_at)}
      </time>
      <span className={style.channel}>{carried ? <ChannelIcon kind={carried} size={15} /> : <Icon name="note" size={15} />}</span>
    </div>
  );
}

function Head({ message, before, name }: { message: Message; before: Message | undefined; name: string }) {
  const { t } = useTranslation();
  const coded = useCoded();
  return (
    <header className={style.head}>
      <strong>{name}</strong>
      {message.sender_authenticated !== undefined && message.from.name && <span className={style.address}>{message.from.address}</span>}
      {message.direction === 'note' && (
        <Tag tone="note" icon="note">
          {message.about ? coded('about', message.about.code, message.about.params) : t('conversation.note')} · {t('conversation.noteHint')}
        </Tag>
      )}
      <Badges message={message} />
      {message.sender_authenticated !== undefined && !message.way && <Sender message={message} />}
      {(message.direction !== 'note' || message.deliveries.length > 0) && <People message={message} before={before} />}
    </header>
  );
}

function Badges({ message }: { message: Message }) {
  const { t } = useTranslation();
  const coded = useCoded();
  return (
    <>
      <Signatures message={message} />
      {message.sender_third && (
        <Tag
          tone="note"
          title={t(message.threading_reason?.endsWith('_unproved') ? 'conversation.unprovedHint' : 'conversation.thirdHint')}
        >
          {t('conversation.third')}
        </Tag>
      )}
      {message.class !== 'human' && <Tag>{coded('conversation.class', message.class)}</Tag>}
    </>
  );
}

/** To whom, and over which channel where that is not the one before. */
function People({ message, before }: { message: Message; before: Message | undefined }) {
  const { t } = useTranslation();
  const names = (people: readonly Correspondent[]) => people.map((each) => each.name ?? each.address).join(', ');
  const addresses = [...message.to, ...message.cc].map((each) => each.address).join(', ');
  const parts = [
    message.direction !== 'inbound' &&
      message.to.length > 0 &&
      t('conversation.to', { names: message.to.map((each) => (each.name ? `${each.name} <${each.address}>` : each.address)).join(', ') }),
    message.cc.length > 0 && t('conversation.cc', { names: names(message.cc) }),
    message.way && t(`visit.said.${message.way}`),
    message.channel && message.channel.id !== before?.channel?.id && t('conversation.via', { channel: message.channel.name }),
  ].filter(Boolean);
  return (
    <span className={style.people} title={addresses}>
      {parts.join(' · ')}
    </span>
  );
}

/** Why the message is on this ticket, and what else one should know about it. */
function Why({ message, subject }: { message: Message; subject: string }) {
  const coded = useCoded();
  const says = message.flags
    .filter((flag) => flag !== 'subject_changed' || message.subject !== subject)
    .map((flag) => ({ flag, words: coded('conversation.flag', flag, { subject: message.subject }) }));
  if (!message.threading_reason && says.length === 0) return null;
  return (
    <p className={style.why}>
      {message.threading_reason && <span>{coded('threading', message.threading_reason, message.threading_params)}</span>}
      {says.map(({ flag, words }) => (
        <span key={flag} className={style.flag}>
          {words}
        </span>
      ))}
    </p>
  );
}
