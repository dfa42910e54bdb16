import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { Picker } from '@/design/Picker';
import { useMay } from '@/features/session/me';
import { useTakeNext } from '@/features/ticket/useTakeNext';
import { outcomes } from '@/features/standing/outcomes';
import { requestTypesQuery, useTypeName } from '@/features/standing/standing';
import { tagsQuery } from '@/features/tags/tags';
import { officesQuery } from '@/features/ticket/tickets';
import type { TicketFilter } from '@/features/ticket/queue';
import { statusNames, usualOrder, type InboxSearch } from './address';
import style from './ListHeader.module.css';

const orderNames = ['back', 'waiting', 'due', 'newest'] as const;
const isOrder = (text: string): text is (typeof orderNames)[number] => orderNames.some((each) => each === text);
/** What comes back first is an order of what is put aside alone. */
const ordersOf = (queue: TicketFilter['queue']) => orderNames.filter((each) => each !== 'back' || queue === 'snoozed');

interface Props {
  filter: TicketFilter;
  search: InboxSearch;
  onSearch: (search: InboxSearch) => void;
  loaded: number;
  more: boolean;
}

/** The name of the queue, its order and its filters. */
export function ListHeader({ filter, search, onSearch, loaded, more }: Props) {
  const { t } = useTranslation();
  const active = [filter.status?.length, filter.office, filter.tag, filter.type, filter.outcome, filter.q].filter(Boolean).length;
  const [open, setOpen] = useState(active > 0);
  const orders = ordersOf(filter.queue).map((value) => ({ value, label: t(`inbox.orders.${value}`) }));
  return (
    <header className={style.header}>
      <div className={style.line}>
        <h1>{t(`queue.${filter.queue}`)}</h1>
        <span className={style.count}>{more ? `${loaded}+` : loaded}</span>
        <span className="visually-hidden">{more ? t('inbox.rowsMore', { count: loaded }) : t('inbox.rows', { count: loaded })}</span>
        <TakeNext />
        <Picker
          label={t('inbox.order')}
          choices={orders}
          value={filter.order}
          align="end"
          className={style.order}
          onPick={(order) =>
            onSearch({ ...without(search, 'order'), ...(order !== usualOrder(filter.queue) && isOrder(order) && { order }) })
          }
        >
          <span className="visually-hidden">{t('inbox.order')}: </span>
          {t(`inbox.ordersShort.${filter.order}`)}
          <Icon name="down" size={12} />
        </Picker>
        <IconButton
          small
          icon="settings"
          label={active ? t('inbox.filterActive', { count: active }) : t('inbox.filter')}
          aria-expanded={open}
          aria-pressed={active > 0}
          onClick={() => setOpen(!open)}
        />
      </div>
      {open && <Filters filter={filter} search={search} onSearch={onSearch} active={active} />}
    </header>
  );
}

/** Takes the next request that nobody has, from whatever list. */
function TakeNext() {
  const { t } = useTranslation();
  const takes = useMay('ticket.take');
  const next = useTakeNext();
  if (!takes) return null;
  return (
    <IconButton small icon="play" label={t('command.takeNext')} shortcut="t" disabled={next.isPending} onClick={() => next.mutate()} />
  );
}

function Filters({ filter, search, onSearch, active }: Omit<Props, 'loaded' | 'more'> & { active: number }) {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery).data ?? [];
  const status = filter.status?.[0];
  const any = t(filter.queue === 'closed' || filter.outcome ? 'inbox.everyStatus' : 'inbox.anyStatus');
  const statuses = [{ value: '', label: any }, ...statusNames.map((value) => ({ value, label: t(`status.${value}`) }))];
  const places = [{ value: '', label: t('inbox.anyOffice') }, ...offices.map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <div className={style.filters}>
      <Picker
        label={t('inbox.status')}
        choices={statuses}
        value={status ?? ''}
        className={style.filter}
        onPick={(value) => {
          const next = statusNames.find((each) => each === value);
          onSearch({ ...without(search, 'status'), ...(next && { status: [next] }) });
        }}
      >
        {status ? t(`status.${status}`) : any} <Icon name="down" size={12} />
      </Picker>
      <Picker
        label={t('inbox.office')}
        choices={places}
        value={filter.office ?? ''}
        className={style.filter}
        onPick={(office) => onSearch({ ...without(search, 'office'), ...(office && { office }) })}
      >
        {offices.find((each) => each.id === filter.office)?.name ?? t('inbox.anyOffice')} <Icon name="down" size={12} />
      </Picker>
      <TagFilter filter={filter} search={search} onSearch={onSearch} />
      <TypeFilter filter={filter} search={search} onSearch={onSearch} />
      <OutcomeFilter filter={filter} search={search} onSearch={onSearch} />
      <NumberFilter value={filter.q ?? ''} onChange={(q) => onSearch({ ...without(search, 'q'), ...(q && { q }) })} />
      {active > 0 && (
        <Button small look="quiet" onClick={() => onSearch(search.order ? { order: search.order } : {})}>
          {t('inbox.clear')}
        </Button>
      )}
    </div>
  );
}

/** Offers the tags, where the town has any. */
function TagFilter({ filter, search, onSearch }: Pick<Props, 'filter' | 'search' | 'onSearch'>) {
  const { t } = useTranslation();
  const tags = useQuery(tagsQuery).data ?? [];
  const choices = [{ value: '', label: t('inbox.anyTag') }, ...tags.map(({ id, name }) => ({ value: id, label: name }))];
  if (tags.length === 0 && !filter.tag) return null;
  return (
    <Picker
      label={t('inbox.tag')}
      choices={choices}
      value={filter.tag ?? ''}
      className={style.filter}
      onPick={(tag) => onSearch({ ...without(search, 'tag'), ...(tag && { tag }) })}
    >
      {filter.tag ? (tags.find((each) => each.id === filter.tag)?.name ?? t('tags.gone')) : t('inbox.anyTag')}{' '}
      <Icon name="down" size={12} />
    </Picker>
  );
}

/** Offers the types, those no longer used included: old requests have them. */
function TypeFilter({ filter, search, onSearch }: Pick<Props, 'filter' | 'search' | 'onSearch'>) {
  const { t } = useTranslation();
  const types = useQuery(requestTypesQuery).data ?? [];
  const name = useTypeName();
  const choices = [{ value: '', label: t('inbox.anyType') }, ...types.map(({ code }) => ({ value: code, label: name(code) }))];
  return (
    <Picker
      label={t('inbox.type')}
      choices={choices}
      value={filter.type ?? ''}
      className={style.filter}
      onPick={(type) => onSearch({ ...without(search, 'type'), ...(type && { type }) })}
    >
      {filter.type ? name(filter.type) : t('inbox.anyType')} <Icon name="down" size={12} />
    </Picker>
  );
}

/** Offers the outcomes: with one, each list shows those of its own that ended so. */
function OutcomeFilter({ filter, search, onSearch }: Pick<Props, 'filter' | 'search' | 'onSearch'>) {
  const { t } = useTranslation();
  const choices = [{ value: '', label: t('inbox.anyOutcome') }, ...outcomes.map((value) => ({ value, label: t(`outcome.${value}`) }))];
  const pick = (value: string) => {
    const outcome = outcomes.find((each) => each === value);
    onSearch({ ...without(search, 'outcome'), ...(outcome && { outcome }) });
  };
  return (
    <Picker label={t('inbox.outcome')} choices={choices} value={filter.outcome ?? ''} className={style.filter} onPick={pick}>
      {filter.outcome ? t(`outcome.${filter.outcome}`) : t('inbox.anyOutcome')} <Icon name="down" size={12} />
    </Picker>
  );
}

function NumberFilter({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const { t } = useTranslation();
  return (
    <input
      className={style.number}
      aria-label={t('inbox.number')}
      placeholder={t('inbox.numberHint')}
      inputMode="numeric"
      value={value}
      maxLength={24}
      onChange={(event) => onChange(event.target.value.replace(/[^0-9-]/g, '').replace(/^-+/, ''))}
    />
  );
}

function without<K extends keyof InboxSearch>(search: InboxSearch, key: K): Omit<InboxSearch, K> {
  const { [key]: _, ...rest } = search;
  return rest;
}
