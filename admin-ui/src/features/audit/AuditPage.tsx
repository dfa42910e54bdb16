import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { More } from '@/design/More';
import { Page, PageHead } from '@/design/Page';
import { useTitle } from '@/design/useTitle';
import { auditQuery, exportAddress } from './audit';
import { ChainState } from './ChainState';
import { Filters } from './Filters';
import { ReadersDialog } from './Readers';
import { Rows } from './Rows';
import type { AuditSearch } from './search';
import style from './AuditPage.module.css';

/** "Registro": who signed in, who did what, who opened what of whom. */
export function AuditPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/inside/audit' });
  const navigate = useNavigate();
  const query = useInfiniteQuery(auditQuery(search));
  const list = useRef<HTMLDivElement>(null);
  const [contact, setContact] = useState<string>();
  useTitle(t('audit.title'));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const narrow = (next: AuditSearch) => void navigate({ to: '/audit', search: next, replace: true });
  const filtered = Object.keys(search).length > 0;
  return (
    <Page>
      <PageHead
        title={t('audit.title')}
        lead={t('audit.lead')}
        acts={(['csv', 'jsonl'] as const).map((format) => (
          <a key={format} href={exportAddress(search, format)} download className={style.export}>
            <Icon name="download" size={14} />
            {t(`audit.export.${format}`)}
          </a>
        ))}
      />
      <ChainState />
      <Filters search={search} onChange={narrow} />
      {query.isPending && <Skeleton rows={8} label={t('loading')} />}
      {query.isError && rows.length === 0 && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <Blank
          title={t(filtered ? 'audit.noneFound' : 'audit.none')}
          body={t(filtered ? 'audit.noneFoundHint' : 'audit.noneHint')}
          action={filtered && <Button onClick={() => narrow({})}>{t('audit.clear')}</Button>}
        />
      )}
      <div ref={list}>{rows.length > 0 && <Rows rows={rows} search={search} onNarrow={narrow} onReaders={setContact} />}</div>
      {query.isError && rows.length > 0 && <Broken error={query.error} onRetry={() => void query.fetchNextPage()} />}
      <More
        list={list}
        more={query.hasNextPage && !query.isError}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
      {contact && <ReadersDialog contact={contact} onClose={() => setContact(undefined)} />}
    </Page>
  );
}
