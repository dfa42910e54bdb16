import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { MentionEntry } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { useProblemText } from '@/api/wording';
import { Blank } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TicketNumber } from '@/design/Marks';
import { Split } from '@/design/Split';
import { TaskList } from '@/design/TaskList';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { TicketView } from '@/features/conversation/TicketView';
import { useMoments } from '@/i18n/words';
import { mentionsQuery, useRead } from './mentions';
import style from './Mentions.module.css';

/** Notes in which colleagues name me or an office of mine, each beside its request, and what I asked about and no longer see. */
export function MentionsPage() {
  const { t } = useTranslation();
  const text = useProblemText();
  const { item } = useSearch({ from: '/inside/mentions' });
  const navigate = useNavigate();
  const query = useInfiniteQuery(mentionsQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = items.find((each) => each.id === item);
  const { mutate: read, isPending } = useRead();
  const opened = chosen && !chosen.read ? chosen.id : undefined;
  useEffect(() => {
    if (opened) read({ id: opened });
  }, [opened, read]);
  useTitle(t('nav.mentions'));
  const newest = items[0]?.id;
  const unread = items.some((each) => !each.read);
  return (
    <Split
      title={t('nav.mentions')}
      lead={t('mention.lead')}
      chosen={chosen !== undefined}
      list={
        <>
          {newest && unread && (
            <div className={style.acts}>
              <Button
                small
                look="quiet"
                icon="check"
                aria-busy={isPending}
                onClick={() => read({ until: newest }, { onError: (error) => toast(text(error), { tone: 'danger' }) })}
              >
                {t('mention.readAll')}
              </Button>
            </div>
          )}
          <TaskList
            label={t('nav.mentions')}
            query={{ ...query, items }}
            chosen={item}
            empty={<Blank title={t('mention.none.title')} body={t('mention.none.body')} />}
            row={(each) => <Row entry={each} />}
          />
        </>
      }
      detail={
        chosen?.lost ? (
          <Blank
            title={t('mention.lost.title', { number: chosen.ticket })}
            body={t('mention.lost.body')}
            action={<Button onClick={() => void navigate({ to: '/mentions' })}>{t('back')}</Button>}
          />
        ) : chosen ? (
          <div className={style.chosen} key={chosen.id}>
            <TicketView
              number={chosen.ticket}
              shown={chosen.message_id}
              onBack={() => void navigate({ to: '/mentions' })}
              onMoved={stays}
            />
          </div>
        ) : (
          items.length > 0 && <Blank quiet title={t('mention.choose')} />
        )
      }
    />
  );
}

/** A mention names the ticket to go on with: it has not moved. */
const stays = () => undefined;

function Row({ entry }: { entry: MentionEntry }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  return (
    <>
      <span className={style.who} data-unread={!entry.read}>
        {!entry.read && <span className="visually-hidden">{t('mention.unread')} </span>}
        {entry.lost ? t('mention.lost.row') : (entry.by?.name ?? t('mention.script'))}
        {entry.office && ` · @${entry.office.name}`}
      </span>
      <time className={style.when} dateTime={entry.at} title={moments.full(entry.at)}>
        {moments.date(entry.at, now)}, {moments.clock(entry.at)}
      </time>
      {entry.excerpt && (
        <span className={style.small}>{entry.excerpt.length > 160 ? `${entry.excerpt.slice(0, 160)}…` : entry.excerpt}</span>
      )}
      <span className={style.small}>
        <TicketNumber value={entry.ticket} />
        {entry.subject && ` · ${entry.subject}`}
      </span>
    </>
  );
}
