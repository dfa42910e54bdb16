import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { OfficeDetail } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { toast } from '@/design/toasts';
import { returnsQuery } from '@/features/people/returns';
import { Returns, useParting } from '@/features/people/Returns';
import { useOffice } from './offices';

interface Props {
  office: OfficeDetail;
  person: OfficeDetail['people'][number];
  onClose: () => void;
}

/** Asks before somebody is taken out of an office. */
export function DismissDialog({ office, person: { id, name }, onClose }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const parting = useParting();
  const { dismiss } = useOffice(office.entry.id);
  const returns = useQuery(returnsQuery(id, { leave: [office.entry.id] }));
  const remove = () =>
    dismiss.mutate(id, {
      onSuccess: () => {
        toast(parting(t('offices.removed', { name }), returns.data));
        onClose();
      },
    });
  return (
    <Dialog
      title={t('offices.removeFrom', { name, office: office.entry.name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" onClick={remove} disabled={dismiss.isPending || returns.isPending}>
            {t('offices.removeThem')}
          </Button>
        </>
      }
    >
      <Returns of={returns} name={name} />
      {dismiss.error && <p role="alert">{text(dismiss.error)}</p>}
    </Dialog>
  );
}
