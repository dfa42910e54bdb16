import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Split } from '@/design/Split';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { Bulk, type Everything } from './Bulk';
import { Filters } from './Filters';
import { ItemDetail } from './ItemDetail';
import { pilesQuery, quarantineQuery, waiting } from './items';
import { ItemRows } from './ItemRows';
import { useItemCommands } from './useItemCommands';

const none: ReadonlySet<string> = new Set();

/** "Da verificare": what came in and could not be filed, with the reason and the ways out; and what was put aside. */
export function QuarantinePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/inside/quarantine' });
  const { item, reason, channel, state = 'open' } = search;
  useTitle(t('quarantine.title'));
  // Another list is another page: what was ticked there is not meant here.
  return <Page key={`${state} ${reason ?? ''} ${channel ?? ''}`} item={item} filter={{ state, reason, channel }} />;
}

function Page({ item, filter }: { item: string | undefined; filter: Parameters<typeof quarantineQuery>[0] }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/quarantine' });
  const may = useMay('quarantine.decide');
  const query = useInfiniteQuery(quarantineQuery(filter));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const [ticked, setTicked] = useState(none);
  // What is meant by all: how many there were when somebody said so, and nothing that comes later.
  const [all, setAll] = useState<Everything>();
  const tick = (next: ReadonlySet<string>) => {
    setAll(undefined);
    setTicked(next);
  };
  const listed = items.filter((each) => ticked.has(each.id));
  const open = useCallback(
    (id: string | undefined) => void navigate({ search: ({ item: _, ...rest }) => ({ ...rest, ...(id && { item: id }) }) }),
    [navigate],
  );
  useItemCommands({ items, chosen: item, ticked, onTick: tick, onOpen: open });
  const everything = useEverything(filter, items);
  return (
    <Split
      title={t('quarantine.title')}
      lead={t(filter.state === 'open' ? 'quarantine.lead' : 'quarantine.leadDiscarded')}
      chosen={item !== undefined}
      list={
        <>
          <Filters filter={filter} />
          {may && items.length > 0 && (
            <Bulk
              items={items}
              listed={listed}
              more={query.hasNextPage}
              state={filter.state}
              everything={all ?? everything}
              meansAll={all !== undefined}
              onTick={tick}
              onAll={(yes) => setAll(yes ? everything : undefined)}
            />
          )}
          <List query={query} items={items} filtered={Boolean(filter.reason ?? filter.channel)} discarded={filter.state === 'discarded'}>
            <ItemRows
              items={items}
              chosen={item}
              ticked={may ? ticked : undefined}
              onTick={tick}
              more={query.hasNextPage}
              loadingMore={query.isFetchingNextPage}
              onMore={() => void query.fetchNextPage()}
            />
          </List>
        </>
      }
      detail={item ? <ItemDetail key={item} id={item} /> : items.length > 0 && <Blank quiet title={t('quarantine.pick')} />}
    />
  );
}

/** All that a list holds, where that is more than is loaded. */
function useEverything(
  { reason, channel, state }: Parameters<typeof quarantineQuery>[0],
  items: readonly QuarantineItem[],
): Everything | undefined {
  const piles = useQuery(pilesQuery).data ?? [];
  const count = waiting(piles, { reason, channel, state });
  const newest = items[0];
  if (!newest || count <= items.length) return undefined;
  return { count, matching: { until: newest.received_at, ...(reason && { reason }), ...(channel && { channel }) } };
}

interface ListProps {
  query: { isPending: boolean; isError: boolean; error: unknown; refetch: () => unknown };
  items: readonly QuarantineItem[];
  filtered: boolean;
  discarded: boolean;
  children: React.ReactNode;
}

function List({ query, items, filtered, discarded, children }: ListProps) {
  const { t } = useTranslation();
  if (query.isPending) return <Skeleton rows={5} label={t('loading')} />;
  if (query.isError && items.length === 0) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  if (items.length > 0) return children;
  if (filtered) return <Blank title={t('quarantine.emptyFilter.title')} body={t('quarantine.emptyFilter.body')} />;
  if (discarded) return <Blank title={t('quarantine.emptyDiscarded.title')} body={t('quarantine.emptyDiscarded.body')} />;
  return <Blank title={t('quarantine.empty.title')} body={t('quarantine.empty.body')} />;
}
