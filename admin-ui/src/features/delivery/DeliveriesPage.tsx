import { useInfiniteQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DeliveryTask } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Blank } from '@/design/Blank';
import { TicketNumber } from '@/design/Marks';
import { Split } from '@/design/Split';
import { TaskList } from '@/design/TaskList';
import { useTitle } from '@/design/useTitle';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useMoments } from '@/i18n/words';
import { DeliveryCase } from './DeliveryCase';
import { tasksQuery } from './tasks';
import { useErrorWords } from './useErrorWords';
import style from './DeliveriesPage.module.css';

/** Failed or uncertain deliveries: each with what is known, and a decision to take. */
export function DeliveriesPage() {
  const { t } = useTranslation();
  const { state } = useParams({ from: '/inside/deliveries/$state' });
  const { item } = useSearch({ from: '/inside/deliveries/$state' });
  const query = useInfiniteQuery(tasksQuery(state));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  useTitle(t(`task.${state}.title`));
  return (
    <Split
      key={state}
      title={t(`task.${state}.title`)}
      lead={t(`task.${state}.lead`)}
      chosen={item !== undefined}
      list={
        <TaskList
          label={t(`task.${state}.list`)}
          query={{ ...query, items }}
          chosen={item}
          empty={<Blank title={t(`task.${state}.empty.title`)} body={t(`task.${state}.empty.body`)} />}
          row={(each) => <Row task={each} />}
        />
      }
      detail={item ? <DeliveryCase key={item} id={item} /> : items.length > 0 && <Blank quiet title={t('task.pick')} />}
    />
  );
}

function Row({ task }: { task: DeliveryTask }) {
  const errorWords = useErrorWords();
  const moments = useMoments();
  const now = useMinute();
  return (
    <>
      <strong className={style.cut}>{task.contact?.name ?? task.name ?? task.address}</strong>
      <time className={style.time} dateTime={task.updated_at}>
        {moments.brief(task.updated_at, now)}
      </time>
      <span className={`${style.cut} ${style.quiet}`}>{task.subject}</span>
      <ChannelIcon kind={task.kind} size={14} />
      <span className={style.small}>
        <TicketNumber value={task.ticket} /> · {task.address}
      </span>
      {task.error && (
        <span className={style.error} data-state={task.state}>
          {errorWords(task.error)}
        </span>
      )}
    </>
  );
}
