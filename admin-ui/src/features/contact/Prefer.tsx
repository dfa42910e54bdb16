import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Address } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { contactQuery } from './contacts';
import style from './Facts.module.css';

/** What a citizen said at the counter or by telephone: answers go to this address first, or no longer. */
export function Prefer({ contact, address }: { contact: string; address: Address }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      body(
        api.PUT('/contacts/{id}/preferred-address', {
          params: { path: { id: contact } },
          body: address.preferred ? {} : { address_id: address.id },
        }),
      ),
    onSuccess: (fresh) => {
      client.setQueryData(contactQuery(contact).queryKey, fresh);
      void client.invalidateQueries({ queryKey: ['choice'] });
    },
    onError: (error) => {
      toast(text(error), { tone: 'danger' });
    },
  });
  return (
    <button
      type="button"
      className={style.prefer}
      aria-pressed={address.preferred}
      disabled={change.isPending}
      onClick={() => {
        change.mutate();
      }}
    >
      {address.preferred ? t('ticket.answerHere') : t('ticket.preferHere')}
      <span className="visually-hidden">: {address.value}</span>
    </button>
  );
}
