import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ask, Ticket } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { insert } from '@/features/composer/inserted';
import { open } from '@/features/delivery/states';
import { useMay, useMe } from '@/features/session/me';
import { askedName, useAskAct } from './asks';
import { Due } from './Due';
import { ReplyDialog } from './ReplyDialog';
import style from './Asks.module.css';

/** What other offices are asked about a ticket, and how it ended until those who asked have seen it. */
export function Asks({ ticket }: { ticket: Ticket }) {
  return ticket.asks.map((ask) =>
    ask.state === 'open' ? <Open key={ask.id} ask={ask} /> : <Ended key={ask.id} ticket={ticket} ask={ask} />,
  );
}

function Open({ ask }: { ask: Ask }) {
  const { t } = useTranslation();
  const mayAsk = useMay('ticket.ask');
  const mayAnswer = useMay('ask.answer') && ask.answerable;
  const [writing, setWriting] = useState<'answer' | 'return'>();
  const act = useAskAct(ask);
  const title = mayAnswer
    ? t('ask.received', { from: ask.from_office.name })
    : t(ask.expert ? 'expert.open' : 'ask.open', { office: askedName(ask) });
  return (
    <section className={style.ask} data-mine={mayAnswer} data-pending={ask.answer !== undefined} aria-label={title}>
      <Icon name={ask.expert ? 'email' : 'office'} />
      <div>
        <h2>{title}</h2>
        <p className={style.text}>{ask.text}</p>
        <p className={style.meta}>
          {ask.asked_by && <span>{ask.asked_by.name}</span>}
          <Due ask={ask} />
          {ask.reminded_at && <span>{t('ask.reminded')}</span>}
        </p>
        <Letter ask={ask} />
        <Elsewhere ask={ask} />
      </div>
      <div className={style.acts}>
        {mayAnswer && (
          <>
            <Button small look="primary" onClick={() => setWriting('answer')}>
              {t('ask.answer')}
            </Button>
            <Button small onClick={() => setWriting('return')}>
              {t('ask.return')}
            </Button>
          </>
        )}
        {mayAsk && ask.answer && (
          <Button small look="primary" icon="check" disabled={act.isPending} onClick={() => act.mutate({ kind: 'settle' })}>
            {t('expert.settle')}
          </Button>
        )}
        {mayAsk && (
          <>
            <Button small look="quiet" icon="bell" disabled={act.isPending} onClick={() => act.mutate({ kind: 'reminder' })}>
              {t('ask.remind')}
            </Button>
            <Button small look="quiet" disabled={act.isPending} onClick={() => act.mutate({ kind: 'withdraw' })}>
              {t('ask.withdraw')}
            </Button>
          </>
        )}
      </div>
      {writing && <ReplyDialog ask={ask} kind={writing} onClose={() => setWriting(undefined)} />}
    </section>
  );
}

/** What an answer is called: also one that came after the question was over. */
function endedAs(ask: Ask) {
  if (ask.state === 'returned') return 'ask.returned';
  if (!ask.expert) return 'ask.answered';
  return ask.answer_params?.['late'] ? 'expert.late' : ask.answer_params?.['further'] ? 'expert.further' : 'expert.answered';
}

/** The letter that asks an expert, when it did not get there. */
function Letter({ ask }: { ask: Ask }) {
  const { t } = useTranslation();
  const may = useMay('delivery.decide');
  const stuck = ask.deliveries?.find(open);
  if (!stuck) return null;
  const state = stuck.state === 'uncertain' ? 'uncertain' : 'failed';
  return (
    <p className={style.warn} role="status">
      <Icon name="warn" size={14} />
      <span>
        {t(state === 'uncertain' ? 'expert.uncertain' : 'expert.troubled')}{' '}
        {may && (
          <Link to="/deliveries/$state" params={{ state }} search={{ item: stuck.id }}>
            {t('expert.resend')}
          </Link>
        )}
      </span>
    </p>
  );
}

/** What came about an open question from where no answer was expected. */
function Elsewhere({ ask }: { ask: Ask }) {
  if (ask.answer === undefined) return null;
  return (
    <>
      <blockquote className={style.quote}>{ask.answer}</blockquote>
      <Doubt ask={ask} />
    </>
  );
}

function Doubt({ ask }: { ask: Ask }) {
  const { t } = useTranslation();
  const from = ask.answer_params?.['from'];
  if (!from && !ask.answer_params?.['unproved']) return null;
  return (
    <p className={style.warn}>
      <Icon name="warn" size={14} />
      {from ? t('expert.fromOther', { from }) : t('expert.unproved')}
    </p>
  );
}

function Ended({ ticket, ask }: { ticket: Ticket; ask: Ask }) {
  const { t } = useTranslation();
  const me = useMe();
  const [mayAsk, mayReply] = [useMay('ticket.ask'), useMay('ticket.reply')];
  const act = useAskAct(ask);
  const answered = ask.state === 'answered';
  const mine = ask.asked_by?.id === me.id || !ticket.assignee || ticket.assignee.id === me.id;
  const title = t(endedAs(ask), { office: askedName(ask) });
  const use = () => {
    insert(ticket.number, ask.answer ?? '');
    if (mayAsk && mine) act.mutate({ kind: 'seen' });
  };
  return (
    <section className={style.ask} data-state={ask.state} aria-label={title}>
      <Icon name={answered ? 'check' : 'undo'} />
      <div>
        <h2>{title}</h2>
        <p className={style.text}>{ask.answer ?? t('ask.closedDown', { office: askedName(ask) })}</p>
        <p className={style.meta}>{ask.ended_by && <span>{ask.ended_by.name}</span>}</p>
        <Doubt ask={ask} />
      </div>
      <div className={style.acts}>
        {ask.state !== 'returned' && ask.answer && mayReply && (
          <Button small look="primary" icon="reply" onClick={use}>
            {t('ask.use')}
          </Button>
        )}
        {mayAsk && mine && (
          <Button small look="quiet" icon="check" disabled={act.isPending} onClick={() => act.mutate({ kind: 'seen' })}>
            {t('ask.seen')}
          </Button>
        )}
      </div>
    </section>
  );
}
