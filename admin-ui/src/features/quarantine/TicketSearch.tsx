import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { TicketSummary } from '@/api/schema.gen';
import { Combobox } from '@/design/Combobox';
import { TicketNumber } from '@/design/Marks';
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
export function TicketSearch(props: Props) {
  const { t } = useTranslation();
  const found = useFound(props.text.trim());
  return (
    <Combobox
      {...props}
      placeholder="2026-000123-7"
      results={t('command.tickets')}
      found={found}
      keyOf={(ticket) => ticket.number}
      onPick={(ticket) => props.onText(ticket.number)}
    >
      {(ticket) => (
        <>
          <span className={style.subject}>{ticket.subject || t('quarantine.noSubject')}</span>
          <TicketNumber value={ticket.number} />
          <span className={style.who}>
            {ticket.contact?.name} · {ticket.office.name}
          </span>
        </>
      )}
    </Combobox>
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
