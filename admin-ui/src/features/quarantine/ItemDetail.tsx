import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { useCoded, useLanguage, useMoments, useReason } from '@/i18n/words';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Detail, FactsTable } from '@/design/Detail';
import { Icon } from '@/design/Icon';
import { Tag } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { useMay } from '@/features/session/me';
import { size } from '@/i18n/format';
import { AssignDialog, DiscardDialog } from './Decisions';
import { itemQuery } from './items';
import { Original } from './Original';
import { useDecide, type Decision } from './useDecisions';
import style from './Item.module.css';

/** One item: why it is here, what to do next, what could be read, its original, and what was decided so far. */
export function ItemDetail({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery(itemQuery(id));
  if (query.isPending) return <Skeleton rows={4} label={t('loading')} />;
  if (!query.data) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  const item = query.data;
  const waits = item.state === 'open' || item.state === 'discarded';
  return (
    <Detail title={item.subject ?? t('quarantine.noSubject')}>
      <Facts item={item} />
      {waits && <Why item={item} />}
      {waits ? <Acts key={item.state} item={item} /> : <Gone item={item} />}
      {item.preview && (
        <section className={style.section}>
          <h3>{t('quarantine.preview')}</h3>
          <p className={style.preview}>{item.preview}</p>
        </section>
      )}
      <Original item={item} />
      <History item={item} />
    </Detail>
  );
}

function Gone({ item: { state, ticket: number } }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  return (
    <p className={style.acts}>
      <Tag tone="accent">{t(`quarantine.state.${state}`)}</Tag>
      {number && (
        <Link to="/inbox/$queue/$number" params={{ queue: 'all', number }}>
          {t('quarantine.goTo', { number })}
        </Link>
      )}
    </p>
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
  const coded = useCoded();
  return (
    <div className={style.why}>
      <Icon name="quarantine" />
      <div>
        <strong>
          {t('quarantine.why')}: {reason(item.reason)}
        </strong>
        <p>{coded('quarantine.remedy', item.reason.code)}</p>
        {item.detail && <p className={style.detail}>{item.detail}</p>}
      </div>
    </div>
  );
}

function Acts({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const may = useMay('quarantine.decide');
  const decide = useDecide();
  const [asking, setAsking] = useState<'assign' | 'discard'>();
  const take = (decision: Decision) =>
    decide.mutate(
      { meant: { ids: [item.id] }, decision },
      {
        onSuccess: ({ results: [result] }) => {
          if (result?.problem) return toast(coded('error', result.problem), { tone: 'danger' });
          setAsking(undefined);
          if (!result?.state) return;
          toast(result.state === 'open' ? t('quarantine.restored') : t(`quarantine.done.${result.state}`, { number: result.ticket ?? '' }));
        },
      },
    );
  const dialog = { count: 1, state: decide, onDecide: take, onClose: () => setAsking(undefined) };
  if (item.state === 'discarded')
    return (
      <div className={style.acts}>
        <Tag tone="accent">{t('quarantine.state.discarded')}</Tag>
        {may && (
          <Button icon="undo" disabled={decide.isPending} onClick={() => take({ act: 'restore' })}>
            {t('quarantine.restore')}
          </Button>
        )}
      </div>
    );
  if (!may) return null;
  return (
    <div className={style.acts}>
      <Button look="primary" icon="refresh" disabled={decide.isPending} onClick={() => take({ act: 'retry' })}>
        {decide.isPending && decide.variables.decision.act === 'retry' ? t('quarantine.retrying') : t('quarantine.retry')}
      </Button>
      <Button icon="inbox" onClick={() => setAsking('assign')}>
        {t('quarantine.assign')}
      </Button>
      <Button icon="plus" disabled={decide.isPending} onClick={() => take({ act: 'open' })}>
        {t('quarantine.open')}
      </Button>
      <Button look="danger" icon="trash" onClick={() => setAsking('discard')}>
        {t('quarantine.discard')}
      </Button>
      {asking === 'assign' && <AssignDialog {...dialog} />}
      {asking === 'discard' && <DiscardDialog {...dialog} />}
    </div>
  );
}

function History({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const moments = useMoments();
  if (!item.acts?.length) return null;
  return (
    <section className={style.section}>
      <h3>{t('quarantine.history')}</h3>
      <ul className={style.history}>
        {item.acts.map((each) => (
          <li key={each.at}>
            <time dateTime={each.at}>{moments.full(each.at)}</time>
            <span>
              {t(`quarantine.act.${each.act}`, { name: each.by?.name ?? t('quarantine.program') })}
              {each.reason && <>: {each.reason}</>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
