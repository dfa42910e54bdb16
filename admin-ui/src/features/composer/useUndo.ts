import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { putMessage } from '@/features/conversation/messages';
import type { Writing } from './drafts';
import { forget } from './pending';
import { giveBack } from './useDraft';

interface Call {
  message: string;
  number: string;
  writing: Writing;
}

/** Calls a reply back before it leaves and puts its text into the draft again. */
export function useUndo() {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ message, number, writing }: Call) => {
      const cancelled = await body(api.POST('/messages/{id}/cancel', { params: { path: { id: message } } }));
      // The text is safe on the hub before anything says that it is back.
      await api.PUT('/tickets/{number}/drafts/{kind}', { params: { path: { number, kind: 'reply' } }, body: writing });
      return cancelled;
    },
    onSuccess: (cancelled, { number, writing }) => {
      putMessage(client, number, cancelled);
      giveBack(number, 'reply', writing);
      toast(t('composer.undo.cancelled'));
    },
    onError: (error) => toast(hasCode(error, 'too_late') ? t('composer.undo.gone') : text(error), { tone: 'danger' }),
    onSettled: (_data, error, { message, number }) => {
      if (!error || hasCode(error, 'too_late')) forget(message);
      void client.invalidateQueries({ queryKey: ['messages', number] });
      void client.invalidateQueries({ queryKey: ['ticket', number] });
    },
  });
}
