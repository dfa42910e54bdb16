import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Fragment, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { OfficeIdentity } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TextArea, TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { useChannelName } from '@/features/channel/useChannelName';
import { identityQuery } from '@/features/ticket/tickets';
import { OwnIdentities } from './OwnIdentities';
import style from './OfficePage.module.css';

/** How an office's messages are signed. */
export function Identity({ office, readOnly }: { office: string; readOnly: boolean }) {
  const { t } = useTranslation();
  const kindName = useChannelName();
  const identity = useQuery(identityQuery(office));
  if (identity.isError) return <Broken error={identity.error} onRetry={() => void identity.refetch()} />;
  if (!identity.data) return <Skeleton rows={2} label={t('loading')} />;
  if (!readOnly) return <Form key={office} office={office} identity={identity.data} />;
  return (
    <dl className={style.facts}>
      <dt>{t('settings.senderName')}</dt>
      <dd>{identity.data.sender}</dd>
      <dt>{t('settings.signature')}</dt>
      <dd>{identity.data.signature || t('none')}</dd>
      {identity.data.by_channel.map((each) => (
        <Fragment key={each.kind}>
          <dt>{t('settings.signatureBy', { kind: kindName(each.kind) })}</dt>
          <dd>{each.signature || t('none')}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

function Form({ office, identity }: { office: string; identity: OfficeIdentity }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const client = useQueryClient();
  const [sender, setSender] = useState(identity.sender_name);
  const [signature, setSignature] = useState(identity.signature);
  const [own, setOwn] = useState(identity.by_channel);
  const save = useMutation({
    mutationFn: () =>
      body(
        api.PUT('/offices/{id}/identity', {
          params: { path: { id: office } },
          body: { sender_name: sender, signature, by_channel: own },
        }),
      ),
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
      <OwnIdentities
        own={own}
        shared={signature}
        onChange={setOwn}
        error={(kind, field) => fieldText(save.error, `by_channel.${kind}.${field}`)}
      />
      <Button type="submit" disabled={save.isPending}>
        {t('settings.saveIdentity')}
      </Button>
    </form>
  );
}
