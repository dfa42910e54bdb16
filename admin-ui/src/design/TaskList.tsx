import { Link } from '@tanstack/react-router';
import { useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Broken, Skeleton } from './Blank';
import { More } from './More';
import style from './TaskList.module.css';

interface Query<T> {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
  items: readonly T[];
}

interface Props<T> {
  label: string;
  query: Query<T>;
  chosen: string | undefined;
  empty: ReactNode;
  row: (item: T) => ReactNode;
}

/** A list of things that wait for a decision; choosing one puts it into the address. */
export function TaskList<T extends { id: string }>({ label, query, chosen, empty, row }: Props<T>) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  if (query.isPending) return <Skeleton rows={5} label={t('loading')} />;
  if (query.isError && query.items.length === 0) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  if (query.items.length === 0) return empty;
  return (
    <div className={style.scroller}>
      <ul ref={list} aria-label={label}>
        {query.items.map((item) => (
          <li key={item.id}>
            <Link to="." search={{ item: item.id }} className={style.row} aria-current={item.id === chosen ? 'true' : undefined}>
              {row(item)}
            </Link>
          </li>
        ))}
      </ul>
      <More list={list} more={query.hasNextPage} busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
    </div>
  );
}
