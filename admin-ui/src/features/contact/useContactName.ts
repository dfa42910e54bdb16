import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';

/** Names who a ticket is about, also when nobody knows. */
export function useContactName(): (ticket: Pick<TicketSummary, 'contact'>) => string {
  const { t } = useTranslation();
  return useCallback((ticket) => ticket.contact?.name ?? t('inbox.unknownContact'), [t]);
}
