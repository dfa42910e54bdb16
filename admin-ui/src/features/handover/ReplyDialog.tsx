import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ask } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextArea } from '@/design/Field';
import { useAskAct } from './asks';
import { useKept } from './useKept';
import style from './Asks.module.css';

interface Props {
  ask: Ask;
  kind: 'answer' | 'return';
  onClose: () => void;
}

/** Answers a question for the office asked, or gives it back with a reason. */
export function ReplyDialog({ ask, kind, onClose }: Props) {
  const { t } = useTranslation();
  const [text, write, forget] = useKept(`ask.${ask.id}.${kind}`);
  const [tried, setTried] = useState(false);
  const act = useAskAct(ask);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (text.trim() === '') return;
    act.mutate(
      { kind, text },
      {
        onSuccess: () => {
          forget();
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title={t(`ask.${kind}Title`, { office: ask.from_office.name })} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        <blockquote className={style.quote}>{ask.text}</blockquote>
        <TextArea
          label={t(`ask.${kind}Label`)}
          hint={t(`ask.${kind}Hint`, { office: ask.from_office.name })}
          rows={kind === 'answer' ? 7 : 3}
          maxLength={10_000}
          value={text}
          error={tried && text.trim() === '' ? t('error.field.required') : undefined}
          onChange={(event) => write(event.target.value)}
        />
        <Button look="primary" type="submit" disabled={act.isPending}>
          {t(`ask.${kind}Submit`)}
        </Button>
      </form>
    </Dialog>
  );
}
