import { useTranslation } from 'react-i18next';
import type { Person } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { toast } from '@/design/toasts';
import { usePeople } from './people';

/** Asks before somebody's second factor is taken off. */
export function ResetDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { resetFactor } = usePeople();
  const reset = () =>
    resetFactor.mutate(person.id, {
      onSuccess: () => {
        toast(t('factor.wasReset', { name: person.name }));
        onClose();
      },
    });
  return (
    <Dialog
      title={t('factor.resetOf', { name: person.name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" onClick={reset} disabled={resetFactor.isPending}>
            {t('factor.reset')}
          </Button>
        </>
      }
    >
      <p>{t('factor.resetLead', { name: person.name })}</p>
      {resetFactor.error && <p role="alert">{text(resetFactor.error)}</p>}
    </Dialog>
  );
}
