import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { readNumber } from './number';
import { refreshJoined } from './joining';
import style from './JoinDialog.module.css';

/** Asks which ticket to join to the open one. */
export function JoinDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const number = readNumber(typed);
  const join = useMutation({
    mutationFn: (other: string) =>
      body(api.POST('/tickets/{number}/joined', { params: { path: { number: ticket.number } }, body: { ticket: other } })),
    onSuccess: (fresh) => {
      refreshJoined(client, fresh);
      toast(t('ticket.joinDone'));
      onClose();
    },
  });
  const refused = hasCode(join.error, 'not_found') ? t('ticket.notFound.title') : join.error ? text(join.error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (number) join.mutate(number);
  };
  return (
    <Dialog title={t('ticket.join')} onClose={onClose}>
      <form className={style.form} onSubmit={submit}>
        <p>{t('ticket.joinBody')}</p>
        <TextField
          label={t('ticket.joinNumber')}
          placeholder="2026-000123-7"
          inputMode="numeric"
          maxLength={24}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={tried && !number ? t('quarantine.assignBad') : refused}
        />
        <Button look="primary" type="submit" disabled={join.isPending}>
          {t('ticket.joinSubmit')}
        </Button>
      </form>
    </Dialog>
  );
}
