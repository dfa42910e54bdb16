import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { OfficeRef, Ticket } from '@/api/schema.gen';
import { countsQuery, spread } from '@/features/ticket/tickets';

/** Hands a ticket over to an office, or gives it back to who handed it over. */
export function useHandOver(ticket: Ticket, to: OfficeRef | undefined) {
  const client = useQueryClient();
  const params = { path: { number: ticket.number } };
  return useMutation({
    mutationFn: (text: string) =>
      to
        ? body(api.PATCH('/tickets/{number}', { params, body: { version: ticket.version, office_id: to.id, ...(text && { note: text }) } }))
        : body(api.POST('/tickets/{number}/return', { params, body: { version: ticket.version, text } })),
    onSuccess: (fresh) => {
      spread(client, fresh);
      for (const queryKey of [['messages', fresh.number], ['events', fresh.number], countsQuery.queryKey])
        void client.invalidateQueries({ queryKey });
    },
    onError: (error) => {
      if (hasCode(error, 'stale')) void client.invalidateQueries({ queryKey: ['ticket', ticket.number] });
    },
  });
}
