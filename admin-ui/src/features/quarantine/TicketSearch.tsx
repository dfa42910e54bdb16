import { useQuery } from '@tanstack/react-query';
import { useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { TicketSummary } from '@/api/schema.gen';
import { TicketNumber } from '@/design/Marks';
import { TextField } from '@/design/Field';
import { readNumber } from '@/features/ticket/number';
import style from './TicketSearch.module.css';

interface Props {
  label: string;
  hint: string;
  error?: string | undefined;
  text: string;
  /** What is typed; a number picked from the list is typed like any other. */
  onText: (text: string) => void;
}

/** Finds a ticket by number, by words of its subject, or by who wrote. */
export function TicketSearch({ label, hint, error, text, onText }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [at, setAt] = useState(-1);
  const found = useFound(text.trim());
  const active = Math.min(at, found.length - 1);
  const pick = (ticket: TicketSummary | undefined) => {
    if (!ticket) return;
    setAt(-1);
    onText(ticket.number);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, active + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(-1, active - 1));
    else if (event.key === 'Enter' && active >= 0) pick(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <div className={style.search}>
      <TextField
        label={label}
        hint={hint}
        error={error}
        placeholder="2026-000123-7"
        role="combobox"
        autoComplete="off"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        maxLength={100}
        value={text}
        onKeyDown={keys}
        onChange={(event) => {
          setAt(-1);
          onText(event.target.value);
        }}
      />
      <div id={`${id}-list`} role="listbox" aria-label={t('command.tickets')} className={style.list}>
        {found.map((ticket, index) => (
          // Keys reach the options through the field, which holds focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div key={ticket.number} id={`${id}-${index}`} role="option" tabIndex={-1} aria-selected={index === active} className={style.option} onClick={() => pick(ticket)}>
            <span className={style.subject}>{ticket.subject || t('quarantine.noSubject')}</span>
            <TicketNumber value={ticket.number} />
            <span className={style.who}>
              {ticket.contact?.name} · {ticket.office.name}
            </span>
          </div>
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {text.trim() && t('command.results', { count: found.length })}
      </p>
    </div>
  );
}

/** A number finds from its third digit, words from their third letter; a whole number needs no list. */
function useFound(text: string): TicketSummary[] {
  const wanted = text.length >= 3 && !readNumber(text) ? text : '';
  const { data } = useQuery({
    queryKey: ['search', wanted],
    enabled: wanted !== '',
    queryFn: ({ signal }) => body(api.GET('/tickets', { params: { query: { queue: 'all', q: wanted, limit: 8 } }, signal })),
    placeholderData: (before) => (wanted ? before : undefined),
  });
  return wanted ? (data?.items ?? []) : [];
}
