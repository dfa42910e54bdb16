import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { countsQuery, refreshTickets } from '@/features/ticket/tickets';

/** Takes back what was put aside a moment ago; by then another ticket may stand where it stood, so it is named each time. */
export function useTakeBack() {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ number, version }: Pick<Ticket, 'number' | 'version'>) =>
      body(api.PATCH('/tickets/{number}', { params: { path: { number } }, body: { wake: true, version } })),
    onSuccess: () => toast(t('aside.woke')),
    onError: (error) => toast(text(error), { tone: 'danger' }),
    onSettled: (_data, _error, { number }) => {
      void refreshTickets(client, [number]);
      void client.invalidateQueries({ queryKey: ['events', number] });
      void client.invalidateQueries({ queryKey: countsQuery.queryKey });
    },
  });
}
