import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Person } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { toast } from '@/design/toasts';
import { usePeople } from './people';
import { returnsQuery } from './returns';
import { Returns, useParting } from './Returns';

/** Asks before somebody's access is taken away. */
export function EndDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const parting = useParting();
  const { change } = usePeople();
  const { name } = person;
  const returns = useQuery(returnsQuery(person.id, { active: false }));
  const end = () =>
    change.mutate(
      { id: person.id, active: false },
      {
        onSuccess: () => {
          toast(parting(t('people.endedNow', { name }), returns.data));
          onClose();
        },
      },
    );
  return (
    <Dialog
      title={t('people.endOf', { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" onClick={end} disabled={change.isPending || returns.isPending}>
            {t('people.end')}
          </Button>
        </>
      }
    >
      <p>{t('people.endLead', { name })}</p>
      <Returns of={returns} name={name} />
      {change.error && <p role="alert">{text(change.error)}</p>}
    </Dialog>
  );
}
