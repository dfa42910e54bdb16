import { useTranslation } from 'react-i18next';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { invitationLink } from './people';
import style from './PeoplePage.module.css';

/** Shows the link of an invitation, this once. */
export function LinkDialog({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  const link = invitationLink(secret);
  const copy = () => void navigator.clipboard.writeText(link).then(() => toast(t('people.copied')));
  return (
    <Dialog
      title={t('people.linkFor', { name })}
      onClose={onClose}
      firm
      actions={
        <>
          <Button icon="copy" onClick={copy}>
            {t('people.copy')}
          </Button>
          <Button look="primary" onClick={onClose}>
            {t('people.done')}
          </Button>
        </>
      }
    >
      <div className={style.form}>
        <p>{t('people.linkLead', { name })}</p>
        <TextField label={t('people.link')} readOnly value={link} onFocus={(event) => event.target.select()} />
      </div>
    </Dialog>
  );
}
