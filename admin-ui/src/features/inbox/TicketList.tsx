import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Broken, Skeleton } from '@/design/Blank';
import { BulkBar } from '@/features/bulk/BulkBar';
import { useMay } from '@/features/session/me';
import { listQuery } from '@/features/ticket/tickets';
import type { TicketFilter } from '@/features/ticket/queue';
import type { InboxSearch } from './address';
import { EmptyQueue } from './EmptyQueue';
import { ListHeader } from './ListHeader';
import { Rows, type RowsHandle } from './Rows';
import { useHeldRows } from './useHeldRows';
import { useListCommands } from './useListCommands';
import style from './TicketList.module.css';

interface Props {
  filter: TicketFilter;
  search: InboxSearch;
  onSearch: (search: InboxSearch) => void;
  selected: string | undefined;
  onOpen: (number: string | undefined, replace?: boolean) => void;
}

const none: ReadonlySet<string> = new Set();

/** One queue: its filters and its rows, kept live without moving under the pointer. */
export function TicketList({ filter, search, onSearch, selected, onOpen }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(listQuery(filter));
  const pages = query.data?.pages;
  const fresh = useMemo(() => unique(pages?.flatMap((page) => page.items) ?? []), [pages]);
  const pane = useRef<HTMLElement>(null);
  const rows = useRef<RowsHandle>(null);
  const key = JSON.stringify(filter);
  const held = useHeldRows(fresh, key, pane);
  const may = useMay('ticket.update');
  const [ticks, setTicks] = useState({ key, ticked: none });
  // Another list is another matter: what was selected there is not meant here.
  const ticked = ticks.key === key ? ticks.ticked : none;
  const onTick = (next: ReadonlySet<string>) => setTicks({ key, ticked: next });
  const showNew = () => {
    held.release();
    rows.current?.toTop();
  };
  useListCommands({
    rows: held.rows,
    selected,
    ticked: may ? ticked : undefined,
    onTick,
    onOpen,
    onShowNew: showNew,
    onReveal: (index) => rows.current?.reveal(index),
  });

  return (
    <section ref={pane} className={style.pane} aria-label={t('inbox.list')}>
      <ListHeader filter={filter} search={search} onSearch={onSearch} loaded={held.rows.length} more={query.hasNextPage} />
      {may && <BulkBar key={key} rows={held.rows} ticked={ticked} onTick={onTick} />}
      <div className={style.body}>
        {held.held > 0 && (
          <button type="button" className={style.held} onClick={showNew}>
            {t('inbox.held', { count: held.held })} · {t('inbox.show')}
          </button>
        )}
        {query.isPending ? (
          <Skeleton rows={8} label={t('loading')} />
        ) : query.isError && fresh.length === 0 ? (
          <Broken error={query.error} onRetry={() => void query.refetch()} />
        ) : held.rows.length === 0 ? (
          <EmptyQueue filter={filter} onClear={() => onSearch({})} />
        ) : (
          <Rows
            ref={rows}
            rows={held.rows}
            selected={selected}
            ticked={may ? ticked : undefined}
            onTick={onTick}
            filter={filter}
            search={search}
            more={query.hasNextPage}
            loadingMore={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        )}
      </div>
    </section>
  );
}

/** A ticket that moved between two pages while they were fetched must not stand in the list twice. */
function unique<T extends { number: string }>(items: T[]): T[] {
  const met = new Set<string>();
  return items.filter((item) => !met.has(item.number) && met.add(item.number));
}
