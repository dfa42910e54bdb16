import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextArea, TextField } from '@/design/Field';
import { readNumber } from '@/features/ticket/number';
import type { Decisions } from './useDecisions';
import style from './QuarantinePage.module.css';

/** Asks on which ticket to file an item. */
export function AssignDialog({ assign, onClose }: { assign: Decisions['assign']; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [number, setNumber] = useState('');
  const [tried, setTried] = useState(false);
  const ticket = readNumber(number);
  const refused = hasCode(assign.error, 'not_found') ? t('ticket.notFound.title') : assign.error ? text(assign.error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (ticket) assign.mutate(ticket, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('quarantine.assign')} onClose={onClose}>
      <form className={style.form} onSubmit={submit}>
        <TextField
          label={t('quarantine.assignNumber')}
          hint={t('quarantine.assignHint')}
          placeholder="2026-000123-7"
          inputMode="numeric"
          maxLength={24}
          value={number}
          onChange={(event) => setNumber(event.target.value)}
          error={tried && !ticket ? t('quarantine.assignBad') : refused}
        />
        <div className={style.acts}>
          <Button look="primary" type="submit" disabled={assign.isPending}>
            {t('quarantine.assignSubmit')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Asks why an item is put aside. */
export function DiscardDialog({ discard, onClose }: { discard: Decisions['discard']; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const missing = reason.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing) discard.mutate(reason.trim(), { onSuccess: onClose });
  };
  return (
    <Dialog title={t('quarantine.discardTitle')} onClose={onClose}>
      <form className={style.form} onSubmit={submit}>
        <p className={style.lead}>{t('quarantine.discardBody')}</p>
        <TextArea
          label={t('quarantine.reason')}
          hint={t('quarantine.reasonHint')}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          error={tried && missing ? t('quarantine.reasonMissing') : discard.error ? text(discard.error) : undefined}
        />
        <div className={style.acts}>
          <Button look="danger" type="submit" disabled={discard.isPending}>
            {t('quarantine.discard')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
