import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Message } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { useMay } from '@/features/session/me';
import { refreshJoined } from '@/features/ticket/joining';
import { ticketQuery } from '@/features/ticket/tickets';
import style from './Entry.module.css';

interface Props {
  message: Message;
  subject: string;
}

/** A letter under another subject can become a request of its own, with one press and a way back. */
export function SplitOffer({ message, subject }: Props) {
  const split = useSplit(message);
  const { t } = useTranslation();
  if (!useMay('ticket.split') || !likely(message, subject)) return null;
  return (
    <p className={style.act}>
      <Button small icon="split" title={t('split.hint')} disabled={split.isPending} onClick={() => split.mutate()}>
        {t('split.act')}
      </Button>
    </p>
  );
}

/** The same for every other letter, among what one can do with it; not for the only one of its request. */
export function SplitTool({ message, subject, only }: Props & { only: boolean }) {
  const split = useSplit(message);
  const { t } = useTranslation();
  if (!useMay('ticket.split') || only || !splits(message) || likely(message, subject)) return null;
  return (
    <Button small look="quiet" icon="split" title={t('split.hint')} disabled={split.isPending} onClick={() => split.mutate()}>
      {t('split.act')}
    </Button>
  );
}

/** Whether a message can become a request of its own: a person wrote it to us. */
export function splits(message: Message): boolean {
  return message.direction === 'inbound' && message.class === 'human';
}

function likely(message: Message, subject: string): boolean {
  return splits(message) && message.subject !== subject && message.flags.includes('subject_changed');
}

function useSplit(message: Message) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const old = message.ticket;
  const failed = (error: Error) => toast(text(error), { tone: 'danger' });
  const back = useMutation({
    mutationFn: (made: string) => body(api.POST('/tickets/{number}/joined', { params: { path: { number: old } }, body: { ticket: made } })),
    onSuccess: (fresh) => {
      refreshJoined(client, fresh);
      toast(t('split.undone'));
    },
    onError: failed,
  });
  return useMutation({
    mutationFn: () => body(api.POST('/messages/{id}/split', { params: { path: { id: message.id } } })),
    onSuccess: (made) => {
      refreshJoined(client, made);
      for (const queryKey of [ticketQuery(old).queryKey, ['messages', old], ['events', old]]) void client.invalidateQueries({ queryKey });
      toast(t('split.done', { number: made.number }), { action: { label: t('split.undo'), run: () => back.mutate(made.number) } });
    },
    onError: failed,
  });
}
