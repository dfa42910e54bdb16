import { useTranslation } from 'react-i18next';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import style from './Tokens.module.css';

/** Shows a new key, this once. */
export function SecretDialog({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  const copy = () => void navigator.clipboard.writeText(secret).then(() => toast(t('tokens.copied')));
  return (
    <Dialog
      title={t('tokens.secretFor', { name })}
      onClose={onClose}
      firm
      actions={
        <>
          <Button icon="copy" onClick={copy}>
            {t('tokens.copy')}
          </Button>
          <Button look="primary" onClick={onClose}>
            {t('tokens.done')}
          </Button>
        </>
      }
    >
      <div className={style.form}>
        <p>{t('tokens.secretLead')}</p>
        <TextField label={t('tokens.secret')} readOnly value={secret} onFocus={(event) => event.target.select()} />
      </div>
    </Dialog>
  );
}
