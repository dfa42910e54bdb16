import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { OfficeDetail } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Broken, Skeleton } from '@/design/Blank';
import { Tag } from '@/design/Marks';
import { Page, PageHead, Section, Sections } from '@/design/Page';
import { useTitle } from '@/design/useTitle';
import { Distribution } from '@/features/distribution/Distribution';
import { useMay } from '@/features/session/me';
import { CloseDown } from './CloseDown';
import { Confidential } from './Confidential';
import { DataForm } from './DataForm';
import { Identity } from './Identity';
import { Members } from './Members';
import { OfficeHours } from './OfficeHours';
import { officeQuery } from './offices';
import { useOpening } from './useOpening';
import style from './OfficePage.module.css';

/** One office: what it is, who belongs to it, how it signs. */
export function OfficePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/inside/offices/$id' });
  const query = useQuery(officeQuery(id));
  useTitle(query.data?.entry.name ?? t('offices.title'));
  return (
    <Page>
      {query.data ? <Head office={query.data} /> : <PageHead back={{ to: '/offices', name: t('offices.title') }} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton rows={8} label={t('loading')} />}
      {query.data && <Parts key={id} office={query.data} />}
    </Page>
  );
}

function Head({ office: { entry } }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  const opening = useOpening();
  const now = useMinute();
  return (
    <PageHead
      back={{ to: '/offices', name: t('offices.title') }}
      title={
        <>
          {entry.name} {entry.mine && <Tag tone="accent">{t('offices.mine')}</Tag>}{' '}
          {entry.confidential && <Tag tone="note">{t('offices.confidential')}</Tag>}
        </>
      }
      lead={
        <>
          {opening(entry, now)} · {t('offices.members', { count: entry.members })} ·{' '}
          {entry.open_tickets === undefined ? t('offices.outOfSight') : t('offices.openTickets', { count: entry.open_tickets })}
        </>
      }
      note={entry.received_by && t('offices.receivedBy', { name: entry.received_by.name })}
    />
  );
}

function Parts({ office }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  const manages = useMay('office.manage');
  const heads = useMay('office.run');
  const runs = manages || (heads && office.entry.mine);
  return (
    <Sections>
      <Section title={t('offices.data')}>
        <DataForm key={office.version} office={office} readOnly={!manages} />
      </Section>
      <Section title={t('offices.people')}>
        <Members office={office} readOnly={!manages} />
      </Section>
      {office.entry.active && (
        <>
          {runs && (
            <Section title={t('distribution.title')}>
              <Distribution office={office.entry.id} />
            </Section>
          )}
          <Section title={t('hours.title')}>
            <OfficeHours office={office.entry.id} readOnly={!runs} />
          </Section>
          <Section title={t('settings.identity')}>
            <Identity office={office.entry.id} readOnly={!runs} />
          </Section>
        </>
      )}
      <Section title={t('offices.channels')}>
        <Channels office={office} />
      </Section>
      <Section title={t('offices.confidentiality')}>
        <Confidential office={office} readOnly={!manages} />
      </Section>
      {manages && (
        <Section title={t('offices.ending')}>
          <CloseDown office={office} />
        </Section>
      )}
    </Sections>
  );
}

function Channels({ office }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  if (office.channels.length === 0) return <p>{t('offices.noChannels')}</p>;
  return (
    <>
      <p>{t('offices.channelsLead')}</p>
      <ul className={style.list}>
        {office.channels.map((channel) => (
          <li key={channel.id}>{channel.name}</li>
        ))}
      </ul>
    </>
  );
}
