import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { CheckField, TextField } from '@/design/Field';
import { AreaField, FallbackField } from './Fields';
import { overviewQuery, useCreateOffice } from './offices';
import style from './OfficePage.module.css';

/** Makes an office. */
export function NewOfficeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const text = useProblemText();
  const fieldText = useFieldText();
  const navigate = useNavigate();
  const overview = useQuery(overviewQuery).data;
  const create = useCreateOffice();
  const [name, setName] = useState('');
  const [area, setArea] = useState('');
  const [fallback, setFallback] = useState('');
  const [confidential, setConfidential] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { name, confidential, ...(area && { area_id: area }), ...(fallback && { fallback_id: fallback }) },
      { onSuccess: (made) => void navigate({ to: '/offices/$id', params: { id: made.entry.id } }) },
    );
  };
  return (
    <Dialog
      title={t('offices.new')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" form={form} disabled={create.isPending}>
            {t('offices.create')}
          </Button>
        </>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        {create.error && <p role="alert">{text(create.error)}</p>}
        <TextField
          label={t('offices.name')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={fieldText(create.error, 'name')}
        />
        <AreaField areas={overview?.areas ?? []} value={area} onChange={setArea} error={fieldText(create.error, 'area_id')} />
        <FallbackField
          offices={overview?.items ?? []}
          value={fallback}
          onChange={setFallback}
          error={fieldText(create.error, 'fallback_id')}
        />
        <CheckField
          label={t('offices.confidential')}
          hint={t('offices.confidentialHint')}
          checked={confidential}
          onChange={(event) => setConfidential(event.target.checked)}
        />
      </form>
    </Dialog>
  );
}
