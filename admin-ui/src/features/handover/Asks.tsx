import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ask, Ticket } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { insert } from '@/features/composer/inserted';
import { useMay, useMe } from '@/features/session/me';
import { useAskAct } from './asks';
import { Due } from './Due';
import { ReplyDialog } from './ReplyDialog';
import style from './Asks.module.css';

/** What other offices are asked about a ticket, and how it ended until those who asked have seen it. */
export function Asks({ ticket }: { ticket: Ticket }) {
  return ticket.asks.map((ask) => (ask.state === 'open' ? <Open key={ask.id} ask={ask} /> : <Ended key={ask.id} ticket={ticket} ask={ask} />));
}

function Open({ ask }: { ask: Ask }) {
  const { t } = useTranslation();
  const mayAsk = useMay('ticket.ask');
  const mayAnswer = useMay('ask.answer') && ask.answerable;
  const [writing, setWriting] = useState<'answer' | 'return'>();
  const act = useAskAct(ask);
  const title = mayAnswer ? t('ask.received', { from: ask.from_office.name }) : t('ask.open', { office: ask.office.name });
  return (
    <section className={style.ask} data-mine={mayAnswer} aria-label={title}>
      <Icon name="office" />
      <div>
        <h2>{title}</h2>
        <p className={style.text}>{ask.text}</p>
        <p className={style.meta}>
          {ask.asked_by && <span>{ask.asked_by.name}</span>}
          <Due ask={ask} />
          {ask.reminded_at && <span>{t('ask.reminded')}</span>}
        </p>
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

function Ended({ ticket, ask }: { ticket: Ticket; ask: Ask }) {
  const { t } = useTranslation();
  const me = useMe();
  const [mayAsk, mayReply] = [useMay('ticket.ask'), useMay('ticket.reply')];
  const act = useAskAct(ask);
  const answered = ask.state === 'answered';
  const mine = ask.asked_by?.id === me.id || !ticket.assignee || ticket.assignee.id === me.id;
  const title = answered ? t('ask.answered', { office: ask.office.name }) : t('ask.returned', { office: ask.office.name });
  const use = () => {
    insert(ticket.number, ask.answer ?? '');
    if (mayAsk && mine) act.mutate({ kind: 'seen' });
  };
  return (
    <section className={style.ask} data-state={ask.state} aria-label={title}>
      <Icon name={answered ? 'check' : 'undo'} />
      <div>
        <h2>{title}</h2>
        <p className={style.text}>{ask.answer ?? t('ask.closedDown', { office: ask.office.name })}</p>
        <p className={style.meta}>{ask.ended_by && <span>{ask.ended_by.name}</span>}</p>
      </div>
      <div className={style.acts}>
        {answered && mayReply && (
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
