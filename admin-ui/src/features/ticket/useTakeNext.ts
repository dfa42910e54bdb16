import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { countsQuery, spread } from './tickets';

/** Takes the next request of one's offices that nobody has, and opens it. */
export function useTakeNext() {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async () => {
      const { data, response } = await api.POST('/tickets/next');
      return response.status === 204 ? undefined : data;
    },
    onSuccess: (ticket) => {
      if (!ticket) {
        toast(t('inbox.nothingNext'));
        return;
      }
      spread(client, ticket);
      void client.invalidateQueries({ queryKey: countsQuery.queryKey });
      toast(t('ticket.takenOver'));
      void navigate({ to: '/inbox/$queue/$number', params: { queue: 'mine', number: ticket.number } });
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
}
