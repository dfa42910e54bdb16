import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { actKey, api, body } from '@/api/client';
import type { DeliveryDetail } from '@/api/schema.gen';
import { toast } from '@/design/toasts';
import { deliveryQuery } from './tasks';

/** What can be decided; `retry` and `elsewhere` make a new delivery, the others close this one. */
export type Outcome = 'sent' | 'resend' | 'give_up' | 'retry' | 'elsewhere';

interface Decision {
  outcome: Outcome;
  reason: string;
}

/** Applies a decision on a failed or uncertain delivery. */
export function useDecide(delivery: DeliveryDetail) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const key = useRef({ outcome: '', value: '' });
  const params = { path: { id: delivery.id } };
  return useMutation({
    mutationFn: ({ outcome, reason }: Decision) => {
      if (outcome !== 'retry' && outcome !== 'elsewhere')
        return body(api.POST('/deliveries/{id}/decision', { params, body: { outcome, reason } }));
      if (key.current.outcome !== outcome) key.current = { outcome, value: actKey() };
      const header = { 'Idempotency-Key': key.current.value };
      return body(
        api.POST('/deliveries/{id}/retry', { params: { ...params, header }, body: outcome === 'elsewhere' ? elsewhere(delivery) : {} }),
      );
    },
    onSuccess: (fresh, { outcome }) => {
      toast(t(`task.done.${outcome}`));
      client.setQueryData(deliveryQuery(fresh.id).queryKey, fresh);
      for (const queryKey of [
        ['delivery', delivery.id],
        ['deliveries'],
        ['counts'],
        ['messages', delivery.ticket],
        ['ticket', delivery.ticket],
      ]) {
        void client.invalidateQueries({ queryKey });
      }
    },
    onError: () => void client.invalidateQueries({ queryKey: ['delivery', delivery.id] }),
  });
}

function elsewhere({ proposed }: DeliveryDetail) {
  if (!proposed) return {};
  const { kind, address, name } = proposed.to;
  return { to: { kind, address, ...(name && { name }) }, channel_id: proposed.channel.id };
}
