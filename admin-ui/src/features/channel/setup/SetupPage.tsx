import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Page } from '@/design/Page';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { useLanguage } from '@/i18n/words';
import { start } from './draft';
import { readForm } from './schema';
import { SetupForm } from './SetupForm';
import { adaptersQuery, setupQuery } from './setups';

/** Sets up a new channel, or changes one. */
export function SetupPage() {
  const { t } = useTranslation();
  const may = useMay('channel.manage');
  const { id } = useParams({ strict: false });
  if (!may) return <Blank title={t('setup.forbidden')} />;
  return id ? <Change key={id} id={id} /> : <Create />;
}

function Create() {
  const { t } = useTranslation();
  useTitle(t('setup.new'));
  const language = useLanguage();
  const adapters = useQuery(adaptersQuery);
  // A town with one kind of adapter is not asked which.
  const adapter = adapters.data?.[0];
  const form = useMemo(() => adapter && readForm(adapter.schema, language), [adapter, language]);
  if (adapters.isPending) return <Waiting />;
  if (adapters.isError) return <Broken error={adapters.error} onRetry={() => void adapters.refetch()} />;
  if (!adapter || !form) return <Blank title={t('setup.noAdapters')} body={t('setup.noAdaptersBody')} />;
  return <SetupForm adapters={adapters.data} before={undefined} first={start(form)} />;
}

function Change({ id }: { id: string }) {
  const { t } = useTranslation();
  const adapters = useQuery(adaptersQuery);
  const setup = useQuery(setupQuery(id));
  useTitle(setup.data?.channel.name ?? t('setup.change'));
  const failed = adapters.error ?? setup.error;
  if (failed) return <Broken error={failed} onRetry={() => void Promise.all([adapters.refetch(), setup.refetch()])} />;
  if (!adapters.data || !setup.data) return <Waiting />;
  const adapter = adapters.data.find((each) => each.name === setup.data.channel.kind);
  if (!adapter) return <Blank title={t('setup.noAdapter', { kind: setup.data.channel.kind })} body={t('setup.noAdaptersBody')} />;
  const { channel, office_id, settings, secrets } = setup.data;
  const first = { name: channel.name, office: office_id ?? '', settings, secrets: {}, stored: secrets, forget: [] };
  return (
    <SetupForm
      key={setup.data.revision}
      adapters={[adapter]}
      before={setup.data}
      first={first as Parameters<typeof SetupForm>[0]['first']}
    />
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <Page>
      <Skeleton rows={6} label={t('loading')} />
    </Page>
  );
}
