import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { OfficeIdentity } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken } from '@/design/Blank';
import { Button } from '@/design/Button';
import { SelectField, TextArea, TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { identityQuery, officesQuery } from '@/features/ticket/tickets';
import style from './SettingsPage.module.css';

/** How each office's messages are signed; for administrators. */
export function OfficeSignatures() {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery);
  const [chosen, setChosen] = useState('');
  const office = chosen || offices.data?.[0]?.id || '';
  const identity = useQuery({ ...identityQuery(office), enabled: office !== '' });
  if (offices.isError) return <Broken error={offices.error} onRetry={() => void offices.refetch()} />;
  return (
    <>
      <SelectField label={t('settings.office')} value={office} onChange={(event) => setChosen(event.target.value)}>
        {offices.data?.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      {identity.isError && <Broken error={identity.error} onRetry={() => void identity.refetch()} />}
      {identity.data && <Identity key={office} office={office} identity={identity.data} />}
    </>
  );
}

function Identity({ office, identity }: { office: string; identity: OfficeIdentity }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const client = useQueryClient();
  const [sender, setSender] = useState(identity.sender_name);
  const [signature, setSignature] = useState(identity.signature);
  const save = useMutation({
    mutationFn: () =>
      body(api.PUT('/offices/{id}/identity', { params: { path: { id: office } }, body: { sender_name: sender, signature } })),
    onSuccess: (fresh) => {
      client.setQueryData(identityQuery(office).queryKey, fresh);
      toast(t('settings.identitySaved'));
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate aria-label={t('settings.identity')}>
      <TextField
        label={t('settings.senderName')}
        hint={t('settings.senderHint')}
        maxLength={100}
        placeholder={identity.sender_name ? undefined : identity.sender}
        error={fieldText(save.error, 'sender_name')}
        value={sender}
        onChange={(event) => setSender(event.target.value)}
      />
      <TextArea
        label={t('settings.signature')}
        hint={t('settings.signatureHint')}
        rows={4}
        maxLength={2000}
        error={fieldText(save.error, 'signature')}
        value={signature}
        onChange={(event) => setSignature(event.target.value)}
      />
      <Button type="submit" disabled={save.isPending}>
        {t('settings.saveIdentity')}
      </Button>
    </form>
  );
}
