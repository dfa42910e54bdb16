import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Office, Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextArea } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { askedName } from './asks';
import { useHandOver } from './transfers';
import { useKept } from './useKept';
import style from './Asks.module.css';

interface Props {
  ticket: Ticket;
  /** Where it goes; without one, back to who handed it over. */
  to?: Office | undefined;
  onClose: () => void;
}

/** Hands a ticket over with a note, or gives it back with the reason. */
export function TransferDialog({ ticket, to, onClose }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const kind = to ? 'give' : 'back';
  const office = (to ?? ticket.transfer?.from)?.name ?? '';
  const [text, write, forget] = useKept(`transfer.${ticket.number}.${kind}`);
  const [tried, setTried] = useState(false);
  const act = useHandOver(ticket, to);
  const missing = kind === 'back' && text.trim() === '';
  const stand = to?.received_by;
  const open = ticket.asks.filter(({ state }) => state === 'open');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (missing) return;
    act.mutate(text.trim(), {
      onSuccess: ({ office: { name: real } }) => {
        forget();
        toast(real === office ? t(`transfer.done.${kind}`, { office }) : t('transfer.doneFor', { office, real }));
        onClose();
      },
    });
  };
  return (
    <Dialog title={t(`transfer.title.${kind}`, { office })} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        {stand && <p>{t('standIn', { office, real: stand.name })}</p>}
        <p>{t(`transfer.lead.${kind}`, { office: stand?.name ?? office, by: ticket.transfer?.by.name ?? '' })}</p>
        {to?.confidential && (
          <p>
            {t('transfer.confidential')} {open.length > 0 && t('transfer.ends', { names: open.map(askedName).join(', ') })}
          </p>
        )}
        <TextArea
          label={t(`transfer.label.${kind}`)}
          rows={4}
          maxLength={10_000}
          value={text}
          error={tried && missing ? t('error.field.required') : undefined}
          onChange={(event) => write(event.target.value)}
        />
        {act.error && <Refusal>{problemText(act.error)}</Refusal>}
        <Button look="primary" type="submit" disabled={act.isPending}>
          {t(`transfer.submit.${kind}`)}
        </Button>
      </form>
    </Dialog>
  );
}
