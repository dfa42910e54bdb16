import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { Composer } from '@/features/composer/Composer';
import { Asks } from '@/features/handover/Asks';
import { CitizenOffers } from './CitizenOffers';
import { Entry } from './Entry';
import { Links } from './Links';
import { inOrder, messagesQuery } from './messages';
import { Shared } from './Shared';
import { splits } from './SplitOffer';
import { Suggestions } from './Suggestions';
import { useFollow } from './useFollow';
import { useShown } from './useShown';
import style from './Thread.module.css';

/** The register of a ticket: its messages in order, and at the foot the place to write. */
export function Thread({ ticket, shown, onMoved }: { ticket: Ticket; shown?: string | undefined; onMoved: (number: string) => void }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(messagesQuery(ticket.number));
  const messages = useMemo(() => inOrder(query.data), [query.data]);
  const only = !query.hasNextPage && messages.filter(splits).length < 2;
  const scroller = useRef<HTMLDivElement>(null);
  const follow = useFollow(scroller, messages);
  useShown(shown, query, messages, follow.show);
  return (
    <>
      {/* A conversation opens at its end: what is to be decided stands above it, where it is seen. */}
      <div className={style.above}>
        {ticket.shared_only && <Shared ticket={ticket} />}
        <Asks ticket={ticket} />
        <Links ticket={ticket} />
        <CitizenOffers ticket={ticket} />
        <Suggestions ticket={ticket} onMoved={onMoved} />
      </div>
      <div className={style.frame}>
        {/* A region that scrolls must be reachable by keyboard. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div ref={scroller} data-conversation className={style.scroller} tabIndex={0} role="region" aria-label={t('conversation.label')}>
          {query.hasNextPage && (
            <Button
              small
              look="quiet"
              className={style.older}
              aria-busy={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {t('conversation.older')}
            </Button>
          )}
          {query.isPending && <Skeleton rows={3} label={t('loading')} />}
          {query.isError && messages.length === 0 && <Broken error={query.error} onRetry={() => void query.refetch()} />}
          {query.isSuccess && messages.length === 0 && <p className={style.empty}>{t('conversation.empty')}</p>}
          <ol className={style.register}>
            {messages.map((message, index) => (
              <Entry
                key={message.id}
                message={message}
                before={messages[index - 1]}
                subject={ticket.subject}
                only={only}
                marked={message.id === shown}
              />
            ))}
          </ol>
        </div>
        {follow.unread > 0 && (
          <button type="button" className={style.jump} onClick={follow.toEnd}>
            <Icon name="down" size={13} /> {t('conversation.jump')}
          </button>
        )}
      </div>
      {query.isSuccess && <Composer ticket={ticket} messages={messages} onShow={follow.show} />}
    </>
  );
}
