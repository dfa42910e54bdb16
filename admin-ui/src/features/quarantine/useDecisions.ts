import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { QuarantineItem } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { itemQuery } from './items';

/** The three ways out of quarantine. */
export function useDecisions(id: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const params = { path: { id } };
  const after = (item: QuarantineItem) => {
    client.setQueryData(itemQuery(id).queryKey, item);
    void client.invalidateQueries({ queryKey: ['quarantine', 'list'] });
    void client.invalidateQueries({ queryKey: ['counts'] });
    if (item.state !== 'open') toast(t(`quarantine.done.${item.state}`, { number: item.ticket ?? '' }));
  };
  const retry = useMutation({
    mutationFn: () => body(api.POST('/quarantine/{id}/retry', { params })),
    onSuccess: after,
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
  const assign = useMutation({
    mutationFn: (ticket: string) => body(api.POST('/quarantine/{id}/assign', { params, body: { ticket } })),
    onSuccess: after,
  });
  const discard = useMutation({
    mutationFn: (reason: string) => body(api.POST('/quarantine/{id}/discard', { params, body: { reason } })),
    onSuccess: after,
  });
  return { retry, assign, discard };
}

/** What `useDecisions` answers. */
export type Decisions = ReturnType<typeof useDecisions>;
