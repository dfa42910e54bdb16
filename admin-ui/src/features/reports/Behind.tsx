import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportFigure } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Dialog } from '@/design/Dialog';
import { More } from '@/design/More';
import { useLanguage, useMoments } from '@/i18n/words';
import { workedTime } from './lengths';
import { behindQuery, type Wanted } from './reports';
import style from './ReportsPage.module.css';

/** The requests behind a figure. */
export function Behind({ figure, wanted, onClose }: { figure: ReportFigure; wanted: Wanted; onClose: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const moments = useMoments();
  const now = useMinute();
  const list = useRef<HTMLUListElement>(null);
  const query = useInfiniteQuery(behindQuery(figure, wanted));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const hidden = query.data?.pages[0]?.hidden ?? 0;
  const timed = figure === 'answered' || figure === 'resolved' || figure === 'first_level';
  return (
    <Dialog title={t(`reports.figure.${figure}`)} width="wide" onClose={onClose}>
      {query.isPending && <Skeleton rows={6} label={t('loading')} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && hidden === 0 && <Blank quiet title={t('reports.noneBehind')} />}
      {hidden > 0 && <p>{t('reports.hiddenBehind', { count: hidden })}</p>}
      <ul ref={list} className={style.behind}>
        {items.map((each, index) => (
          <li key={`${each.number} ${each.at} ${index}`}>
            <Link to="/t/$number" params={{ number: each.number }}>
              {each.subject || t('reports.noSubject')}
            </Link>
            <small>
              {each.number} · {each.office.name} · {moments.date(each.at, now)}
              {timed && <> · {workedTime(each.worked_seconds, language)}</>}
            </small>
          </li>
        ))}
      </ul>
      <More list={list} more={query.hasNextPage} busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
    </Dialog>
  );
}
