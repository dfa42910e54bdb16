import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { OfficeDetail } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { toast } from '@/design/toasts';
import { useOffice } from './offices';

/** Whether what an office holds is seen by its members alone, and what that means. */
export function Confidential({ office, readOnly }: { office: OfficeDetail; readOnly: boolean }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { confide } = useOffice(office.entry.id);
  const [asking, setAsking] = useState(false);
  const is = office.entry.confidential;
  const act = t(is ? 'offices.makeOpen' : 'offices.makeConfidential');
  const change = () =>
    confide.mutate(
      { version: office.version, confidential: !is },
      {
        onSuccess: () => toast(t(is ? 'offices.isOpen' : 'offices.isConfidential')),
        onError: (error) => toast(hasCode(error, 'stale') ? t('offices.stale') : text(error), { tone: 'danger' }),
        onSettled: () => setAsking(false),
      },
    );
  return (
    <>
      <p>{t(is ? 'offices.confidentialIs' : 'offices.confidentialNot')}</p>
      {!readOnly && <Button onClick={() => setAsking(true)}>{act}</Button>}
      {asking && (
        <Dialog
          title={act}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('cancel')}</Button>
              <Button look="primary" disabled={confide.isPending} onClick={change}>
                {act}
              </Button>
            </>
          }
        >
          <p>{t(is ? 'offices.openMeans' : 'offices.confidentialMeans', { name: office.entry.name })}</p>
        </Dialog>
      )}
    </>
  );
}
