import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { Contact } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { contactQuery } from './contacts';

/** Changes a contact's card; says what went wrong, and shows what a colleague changed meanwhile. */
export function useChange(contact: string, change: () => Promise<Contact>, onDone: () => void) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const { queryKey } = contactQuery(contact);
  const save = useMutation({
    mutationFn: change,
    onSuccess: (fresh) => {
      client.setQueryData(queryKey, fresh);
      for (const key of ['contact-duplicates', 'contact-consents', 'choice', 'tickets', 'ticket'])
        void client.invalidateQueries({ queryKey: [key] });
      toast(t('contact.saved'));
      onDone();
    },
    onError: (error) => {
      if (hasCode(error, 'stale')) void client.invalidateQueries({ queryKey });
    },
  });
  const general = (error: Error) => (hasCode(error, 'stale') ? t('contact.stale') : text(error));
  return { save, problem: save.error && !hasCode(save.error, 'invalid') ? general(save.error) : undefined };
}
