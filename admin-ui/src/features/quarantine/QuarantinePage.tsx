import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Blank } from '@/design/Blank';
import { Split } from '@/design/Split';
import { TaskList } from '@/design/TaskList';
import { useTitle } from '@/design/useTitle';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useMoments, useReason } from '@/i18n/words';
import { ItemDetail } from './ItemDetail';
import { quarantineQuery } from './items';
import style from './QuarantinePage.module.css';

/** "Da verificare": what came in and could not be filed, with the reason and the ways out. */
export function QuarantinePage() {
  const { t } = useTranslation();
  const { item } = useSearch({ from: '/inside/quarantine' });
  const query = useInfiniteQuery(quarantineQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  useTitle(t('quarantine.title'));
  return (
    <Split
      title={t('quarantine.title')}
      lead={t('quarantine.lead')}
      chosen={item !== undefined}
      list={
        <TaskList
          label={t('quarantine.list')}
          query={{ ...query, items }}
          chosen={item}
          empty={<Blank title={t('quarantine.empty.title')} body={t('quarantine.empty.body')} />}
          row={(each) => <Row item={each} />}
        />
      }
      detail={item ? <ItemDetail key={item} id={item} /> : items.length > 0 && <Blank quiet title={t('quarantine.pick')} />}
    />
  );
}

function Row({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const reason = useReason('quarantine.code');
  const moments = useMoments();
  const now = useMinute();
  return (
    <>
      <strong className={style.from}>{item.from ?? t('quarantine.unknownSender')}</strong>
      <time className={style.time} dateTime={item.received_at}>
        {moments.brief(item.received_at, now)}
      </time>
      <span className={style.subject}>{item.subject ?? t('quarantine.noSubject')}</span>
      <ChannelIcon kind={item.channel.kind} size={14} />
      <span className={style.reason}>{reason(item.reason)}</span>
    </>
  );
}
