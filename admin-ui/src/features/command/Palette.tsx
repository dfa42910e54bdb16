import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { TicketSummary } from '@/api/schema.gen';
import { useStore } from '@/app/store';
import { Dialog } from '@/design/Dialog';
import { Icon } from '@/design/Icon';
import type { IconName } from '@/design/icons';
import { Keys, TicketNumber } from '@/design/Marks';
import { useContactName } from '@/features/contact/useContactName';
import { printed } from './keymap';
import { ranked } from './rank';
import { registry, uncovered } from './registry';
import style from './Palette.module.css';

interface Entry {
  id: string;
  group: string;
  title: string;
  icon: IconName;
  keys?: string | undefined;
  ticket?: TicketSummary;
  who?: string;
  run: () => void;
}

/** Everything the operator can do or open, by typing. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const entries = useEntries(text);
  const active = Math.min(at, entries.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView?.({ block: 'nearest' });
  }, [active]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    // After the dialog has given focus back, so that the command may take it.
    setTimeout(() => entry.run());
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((active + 1) % Math.max(1, entries.length));
    else if (event.key === 'ArrowUp') setAt((active - 1 + entries.length) % Math.max(1, entries.length));
    else if (event.key === 'Enter') run(entries[active]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Dialog title={t('command.title')} bare width="wide" onClose={onClose}>
      <div className={style.box}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={entries[active] ? `${id}-${active}` : undefined}
          aria-label={t('command.title')}
          placeholder={t('command.placeholder')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={keys}
        />
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('command.title')} className={style.list}>
        {entries.map((entry, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- keys arrive through the combobox
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={style.entry}
            onClick={() => run(entry)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={entry.icon} />
            <span className={style.title}>
              {entry.title}
              {entry.ticket && (
                <small>
                  <TicketNumber value={entry.ticket.number} /> · {entry.who}
                </small>
              )}
            </span>
            <span className={style.group}>{entry.group}</span>
            {entry.keys && <Keys>{entry.keys}</Keys>}
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className={style.none}>{t('command.none', { text })}</p>}
      <p className={style.hint}>{t('command.hint')}</p>
      <p className="visually-hidden" role="status">
        {text && t('command.results', { count: entries.length })}
      </p>
    </Dialog>
  );
}

function useEntries(text: string): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const commands = useStore(registry);
  const found = useTicketSearch(text.trim());
  const nameOf = useContactName();
  return useMemo(() => {
    const offered = uncovered(commands).filter((each) => !each.keysOnly);
    const tickets: Entry[] = found.map((ticket) => ({
      id: `ticket-${ticket.number}`,
      group: t('command.tickets'),
      title: ticket.subject,
      icon: 'inbox',
      ticket,
      who: nameOf(ticket),
      run: () => void navigate({ to: '/inbox/$queue/$number', params: { queue: 'all', number: ticket.number } }),
    }));
    const acts: Entry[] = ranked(offered, text).map((each) => ({
      id: each.id,
      group: t(`command.section.${each.section}`),
      title: each.title,
      icon: each.icon ?? 'right',
      keys: each.keys[0] && printed(each.keys[0]),
      run: each.run,
    }));
    return [...tickets, ...acts];
  }, [commands, found, nameOf, navigate, t, text]);
}

/** A number finds from its first digit, words from their third letter: two begin too many. */
const searchable = /^([0-9][0-9-]{0,31}|.{3,100})$/;

function useTicketSearch(text: string): TicketSummary[] {
  const wanted = searchable.test(text) ? text : '';
  const { data } = useQuery({
    queryKey: ['search', wanted],
    enabled: wanted !== '',
    queryFn: ({ signal }) => body(api.GET('/tickets', { params: { query: { queue: 'all', q: wanted, limit: 8 } }, signal })),
    placeholderData: (before) => (wanted ? before : undefined),
  });
  return wanted ? (data?.items ?? []) : [];
}
