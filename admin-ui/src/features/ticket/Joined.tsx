import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import type { Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { IconButton } from '@/design/Button';
import { TicketNumber } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { useMay } from '@/features/session/me';
import { refreshJoined } from './joining';
import style from './JoinDialog.module.css';

/** A ticket joined to the open one, and the way to take it out again. */
export function Joined({ ticket, number }: { ticket: Ticket; number: string }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const may = useMay('ticket.join');
  const unjoin = useMutation({
    mutationFn: () => api.DELETE('/tickets/{number}/joined/{other}', { params: { path: { number: ticket.number, other: number } } }),
    onSuccess: () => {
      refreshJoined(client, { ...ticket, joined: ticket.joined.filter((each) => each !== number) });
      toast(t('ticket.unjoinDone', { number }));
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
  return (
    <span className={style.joined}>
      <TicketNumber value={number} />
      {may && (
        <IconButton small icon="close" label={t('ticket.unjoin', { number })} disabled={unjoin.isPending} onClick={() => unjoin.mutate()} />
      )}
    </span>
  );
}
