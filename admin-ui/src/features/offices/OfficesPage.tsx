import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfficeEntry, OfficeOverview } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { fold } from '@/design/fold';
import { Tag } from '@/design/Marks';
import { Page, PageHead } from '@/design/Page';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { useLanguage } from '@/i18n/words';
import { AreasDialog } from './AreasDialog';
import { NewOfficeDialog } from './NewOfficeDialog';
import { overviewQuery } from './offices';
import { useOpening } from './useOpening';
import style from './OfficesPage.module.css';

/** More offices than this are shown area by area, each to be opened: 200 rows take seconds. A search opens all that answer it. */
const many = 60;

/** "Uffici": what the town hall consists of, by area. */
export function OfficesPage() {
  const { t } = useTranslation();
  const query = useQuery(overviewQuery);
  const mayManage = useMay('office.manage');
  const [words, setWords] = useState('');
  const [over, setOver] = useState<'new' | 'areas'>();
  useTitle(t('offices.title'));
  const wanted = useDeferredValue(words);
  const groups = useGroups(query.data, wanted);
  const folded = wanted.trim() === '' && (query.data?.items.length ?? 0) > many;
  return (
    <Page>
      <PageHead
        title={t('offices.title')}
        lead={t('offices.lead')}
        acts={
          <>
            <Link to="/offices/calendar">{t('hours.townTitle')}</Link>
            {mayManage && (
              <>
                <Button onClick={() => setOver('areas')}>{t('offices.areas')}</Button>
                <Button look="primary" icon="plus" onClick={() => setOver('new')}>
                  {t('offices.new')}
                </Button>
              </>
            )}
          </>
        }
      />
      <div className={style.search}>
        <TextField label={t('offices.search')} type="search" value={words} onChange={(event) => setWords(event.target.value)} />
      </div>
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton rows={8} label={t('loading')} />}
      {query.data && groups.length === 0 && <Blank title={t('offices.none')} />}
      {groups.map((group) => (
        <Area key={`${group.key} ${folded}`} group={group} folded={folded} />
      ))}
      {over === 'new' && <NewOfficeDialog onClose={() => setOver(undefined)} />}
      {over === 'areas' && <AreasDialog onClose={() => setOver(undefined)} />}
    </Page>
  );
}

interface Group {
  key: string;
  title: string;
  offices: OfficeEntry[];
}

function Area({ group, folded }: { group: Group; folded: boolean }) {
  const [open, setOpen] = useState(!folded);
  return (
    <section className={style.group} aria-label={group.title}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h2>
            {group.title} <small>{group.offices.length}</small>
          </h2>
        </summary>
        {open && (
          <ul>
            {group.offices.map((office) => (
              <Row key={office.id} office={office} />
            ))}
          </ul>
        )}
      </details>
    </section>
  );
}

/** Offices that answer the search, by area in the areas' order; those without one and those that are closed down come last. */
function useGroups(overview: OfficeOverview | undefined, words: string): Group[] {
  const { t } = useTranslation();
  const language = useLanguage();
  return useMemo(() => {
    const wanted = fold(words.trim());
    const areas = (overview?.areas ?? []).map((area) => ({
      key: area.id,
      title: (language === 'en' && area.name_en) || area.name,
    }));
    const groups: Group[] = [...areas, { key: 'none', title: t('offices.noArea') }, { key: 'ended', title: t('offices.closedDown') }].map(
      (each) => ({ ...each, offices: [] }),
    );
    for (const office of overview?.items ?? []) {
      const key = office.active ? (office.area_id ?? 'none') : 'ended';
      const group = groups.find((each) => each.key === key);
      if (group && fold(`${office.name} ${group.title}`).includes(wanted)) group.offices.push(office);
    }
    return groups.filter((each) => each.offices.length > 0);
  }, [overview, words, language, t]);
}

function Row({ office }: { office: OfficeEntry }) {
  const { t } = useTranslation();
  const opening = useOpening();
  const now = useMinute();
  return (
    <li className={style.office}>
      <div className={style.name}>
        <Link to="/offices/$id" params={{ id: office.id }}>
          {office.name}
        </Link>
        {office.mine && <Tag tone="accent">{t('offices.mine')}</Tag>}
        {office.confidential && <Tag tone="note">{t('offices.confidential')}</Tag>}
      </div>
      <span data-open={office.open_now}>{opening(office, now)}</span>
      <span>{t('offices.members', { count: office.members })}</span>
      <span>{office.open_tickets === undefined ? t('offices.outOfSight') : t('offices.openTickets', { count: office.open_tickets })}</span>
      {office.received_by && <p className={style.away}>{t('offices.receivedBy', { name: office.received_by.name })}</p>}
      {!office.active && (office.open_tickets ?? 0) > 0 && (
        <p className={style.away}>{t('offices.leftBehind', { count: office.open_tickets ?? 0 })}</p>
      )}
    </li>
  );
}
