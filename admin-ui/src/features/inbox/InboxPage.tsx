import { useMatch, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '@/design/useTitle';
import { TicketView } from '@/features/conversation/TicketView';
import { filterOf, type InboxSearch } from './address';
import { Pick } from './Pick';
import { TicketList } from './TicketList';
import style from './InboxPage.module.css';

/** List, conversation and facts side by side; on a narrow screen one of them at a time. The address holds it all. */
export function InboxPage() {
  const { t } = useTranslation();
  const { queue } = useParams({ from: '/inside/inbox/$queue' });
  const search = useSearch({ from: '/inside/inbox/$queue' });
  const number = useMatch({ from: '/inside/inbox/$queue/$number', shouldThrow: false })?.params.number;
  const navigate = useNavigate();
  const filter = useMemo(() => filterOf(queue, search), [queue, search]);
  useTitle(number ?? t(`queue.${queue}`));

  const open = useCallback(
    (next: string | undefined, replace = false) =>
      next
        ? navigate({ to: '/inbox/$queue/$number', params: { queue, number: next }, search, replace })
        : navigate({ to: '/inbox/$queue', params: { queue }, search, replace }),
    [navigate, queue, search],
  );
  const change = useCallback((next: InboxSearch) => void navigate({ to: '.', search: next, replace: true }), [navigate]);
  return (
    <div className={style.panes} data-open={number !== undefined}>
      <TicketList
        filter={filter}
        search={search}
        onSearch={change}
        selected={number}
        onOpen={(next, replace) => void open(next, replace)}
      />
      {number ? (
        <TicketView key={number} number={number} onBack={() => void open(undefined)} onMoved={(to) => void open(to, true)} />
      ) : (
        <Pick />
      )}
    </div>
  );
}
