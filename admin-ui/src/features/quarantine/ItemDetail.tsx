import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Detail, FactsTable } from '@/design/Detail';
import { Icon } from '@/design/Icon';
import { Tag } from '@/design/Marks';
import { useMay } from '@/features/session/me';
import { size } from '@/i18n/format';
import { useLanguage, useMoments, useReason } from '@/i18n/words';
import { AssignDialog, DiscardDialog } from './Decisions';
import { itemQuery, rawQuery, rawShown } from './items';
import { useDecisions } from './useDecisions';
import style from './QuarantinePage.module.css';

/** One item: why it is here, what could be read, its original, and what one can do. */
export function ItemDetail({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery(itemQuery(id));
  if (query.isPending) return <Skeleton rows={4} label={t('loading')} />;
  if (query.isError) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  const item = query.data;
  return (
    <Detail title={item.subject ?? t('quarantine.noSubject')}>
      <Facts item={item} />
      <Why item={item} />
      <Acts item={item} />
      {item.preview && (
        <section className={style.section}>
          <h3>{t('quarantine.preview')}</h3>
          <p className={style.preview}>{item.preview}</p>
        </section>
      )}
      <Raw item={item} />
    </Detail>
  );
}

function Facts({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const language = useLanguage();
  return (
    <FactsTable
      rows={[
        [t('quarantine.from'), item.from ?? t('quarantine.unknownSender')],
        [t('quarantine.channel'), item.channel.name],
        [t('quarantine.received'), moments.full(item.received_at)],
        [t('quarantine.size'), size(item.size, language)],
        [t('quarantine.attempts'), item.attempts],
      ]}
    />
  );
}

function Why({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const reason = useReason('quarantine.code');
  return (
    <div className={style.why}>
      <Icon name="quarantine" />
      <div>
        <strong>
          {t('quarantine.why')}: {reason(item.reason)}
        </strong>
        {item.detail && <p className={style.detail}>{item.detail}</p>}
        {item.decision_reason && (
          <p>
            {item.decided_by?.name}: {item.decision_reason}
          </p>
        )}
      </div>
    </div>
  );
}

function Acts({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const may = useMay('quarantine.decide');
  const decide = useDecisions(item.id);
  const [asking, setAsking] = useState<'assign' | 'discard'>();
  if (item.state !== 'open') return <Tag tone="accent">{t(`quarantine.state.${item.state}`)}</Tag>;
  if (!may) return null;
  return (
    <div className={style.acts}>
      <Button look="primary" icon="refresh" disabled={decide.retry.isPending} onClick={() => decide.retry.mutate()}>
        {decide.retry.isPending ? t('quarantine.retrying') : t('quarantine.retry')}
      </Button>
      <Button icon="inbox" onClick={() => setAsking('assign')}>
        {t('quarantine.assign')}
      </Button>
      <Button look="danger" icon="trash" onClick={() => setAsking('discard')}>
        {t('quarantine.discard')}
      </Button>
      {asking === 'assign' && <AssignDialog assign={decide.assign} onClose={() => setAsking(undefined)} />}
      {asking === 'discard' && <DiscardDialog discard={decide.discard} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

function Raw({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [open, setOpen] = useState(false);
  const query = useQuery({ ...rawQuery(item.id, item.raw_url), enabled: open });
  return (
    <section className={style.section}>
      <h3>{t('quarantine.raw')}</h3>
      <p className={style.rawActs}>
        <Button small aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t('quarantine.rawHide') : t('quarantine.rawShow')}
        </Button>
        <a href={item.raw_url} download>
          {t('quarantine.rawDownload')}
        </a>
      </p>
      {open && query.isPending && <p role="status">{t('loading')}</p>}
      {open && query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {open && query.data && (
        <>
          {/* A region that scrolls must be reachable by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={style.raw} tabIndex={0} role="region" aria-label={t('quarantine.raw')}>
            {query.data.text}
          </pre>
          {query.data.cut && <p className={style.cut}>{t('quarantine.rawCut', { size: size(rawShown, language) })}</p>}
        </>
      )}
    </section>
  );
}
