import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Office } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextArea } from '@/design/Field';
import style from './BulkBar.module.css';

interface Props {
  to: Office;
  count: number;
  busy: boolean;
  onGive: (note: string) => void;
  onClose: () => void;
}

/** Hands many tickets over to an office, with one note for all. */
export function HandOverDialog({ to, count, busy, onGive, onClose }: Props) {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onGive(note.trim());
  };
  return (
    <Dialog title={t('bulk.transfer.title', { count, office: to.name })} onClose={onClose}>
      <form className={style.form} onSubmit={submit}>
        <p>{t('bulk.transfer.lead', { office: to.name })}</p>
        {to.confidential && <p>{t('bulk.transfer.confidential')}</p>}
        <TextArea
          label={t('bulk.transfer.note')}
          rows={4}
          maxLength={10_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button look="primary" type="submit" disabled={busy}>
          {t('bulk.transfer.submit')}
        </Button>
      </form>
    </Dialog>
  );
}
