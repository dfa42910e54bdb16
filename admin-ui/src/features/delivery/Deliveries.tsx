import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Delivery, Message } from '@/api/schema.gen';
import { useSecond } from '@/app/clock';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { UndoButton } from '@/features/composer/UndoButton';
import { useMay, useMe } from '@/features/session/me';
import { useMoments } from '@/i18n/words';
import { Delay } from './Delay';
import style from './Deliveries.module.css';
import { Elsewhere } from './Elsewhere';
import { StateMark } from './StateMark';
import { open, troubled } from './states';
import { useErrorWords } from './useErrorWords';

/** What became of each copy of an outgoing message, never saying more than is proved. */
export function Deliveries({ message }: { message: Message }) {
  const { t } = useTranslation();
  const undoable = message.deliveries.every((each) => each.state === 'queued') && message.cancel_until;
  return (
    <div className={style.foot}>
      <ul className={style.list} aria-label={t('delivery.label')}>
        {message.deliveries.map((delivery) => (
          <Line
            key={delivery.id}
            delivery={delivery}
            automatic={message.automatic}
            named={message.deliveries.length > 1 || message.to[0]?.address !== delivery.address}
          />
        ))}
      </ul>
      {undoable && <Undo message={message} until={Date.parse(undoable)} />}
    </div>
  );
}

/** The address is named only where the head of the message has not already said it. */
function Line({ delivery, automatic, named }: { delivery: Delivery; automatic: boolean; named: boolean }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const errorWords = useErrorWords();
  const may = useMay('delivery.decide');
  const uncertain = delivery.state === 'uncertain';
  return (
    <li className={style.line}>
      <StateMark state={delivery.state} />
      <span className={style.evidence}>
        {t(`delivery.evidence.${delivery.state}`)}{' '}
        <time dateTime={delivery.updated_at} title={moments.full(delivery.updated_at)}>
          {moments.clock(delivery.updated_at)}
        </time>
        {delivery.attempts > 1 && ` · ${t('delivery.tries', { count: delivery.attempts })}`}
        {delivery.next_attempt_at &&
          delivery.state === 'queued' &&
          delivery.attempts > 0 &&
          ` · ${t('delivery.nextAttempt', { time: moments.clock(delivery.next_attempt_at) })}`}
        {delivery.decided && ` · ${t('delivery.decided')}`}
      </span>
      {delivery.delayed && <Delay delay={delivery.delayed} />}
      {named && (
        <span className={style.to}>
          <ChannelIcon kind={delivery.kind} size={13} /> {delivery.address}
        </span>
      )}
      {delivery.error && troubled.includes(delivery.state) && <span className={style.error}>{errorWords(delivery.error)}</span>}
      {open(delivery) && may && (
        <Link to="/deliveries/$state" params={{ state: uncertain ? 'uncertain' : 'failed' }} search={{ item: delivery.id }}>
          {t('delivery.decide')}
        </Link>
      )}
      {open(delivery) && !uncertain && !automatic && delivery.role === 'to' && <Elsewhere delivery={delivery} />}
    </li>
  );
}

function Undo({ message, until }: { message: Message; until: number }) {
  const { t } = useTranslation();
  const me = useMe();
  const left = Math.ceil((until - useSecond()) / 1000);
  if (left <= 0) return null;
  return (
    <p className={style.undo}>
      <span className="figures">{t('composer.undo.countdownShort', { count: left })}</span>
      {message.author?.id === me.id && <UndoButton message={message} />}
    </p>
  );
}
