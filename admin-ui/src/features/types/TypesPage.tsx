import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestType } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import catalogue from '@/design/Catalogue.module.css';
import { Tag as Word } from '@/design/Marks';
import { Page, PageHead } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { requestTypesQuery, useTypeName } from '@/features/standing/standing';
import { RetireDialog, TypeDialog } from './TypeDialogs';
import { moved, useTypes } from './types';
import style from './Types.module.css';

type Over = { what: 'type'; type?: RequestType } | { what: 'retire'; type: RequestType };

/** "Tipi di richiesta": what requests may be about, in the order in which operators are offered them. */
export function TypesPage() {
  const { t } = useTranslation();
  useTitle(t('types.title'));
  return useMay('type.manage') ? <Types /> : <Blank title={t('types.forbidden')} />;
}

function Types() {
  const { t } = useTranslation();
  const query = useQuery(requestTypesQuery);
  const nameOf = useTypeName();
  const [over, setOver] = useState<Over>();
  const close = () => setOver(undefined);
  const all = query.data ?? [];
  const name = over?.type ? nameOf(over.type.code) : '';
  return (
    <Page>
      <PageHead
        title={t('types.title')}
        lead={t('types.lead')}
        acts={
          <Button look="primary" icon="plus" onClick={() => setOver({ what: 'type' })}>
            {t('types.make')}
          </Button>
        }
      />
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton rows={8} label={t('loading')} />}
      {query.isSuccess && all.length === 0 && <Blank title={t('types.none')} />}
      <ol className={catalogue.list}>
        {all.map((type, at) => (
          <Row
            key={type.code}
            type={type}
            all={all}
            at={at}
            onChange={() => setOver({ what: 'type', type })}
            onRetire={() => setOver({ what: 'retire', type })}
          />
        ))}
      </ol>
      {over?.what === 'type' && <TypeDialog type={over.type} name={name} onClose={close} />}
      {over?.what === 'retire' && <RetireDialog type={over.type} name={name} onClose={close} />}
    </Page>
  );
}

function Row({
  type,
  all,
  at,
  onChange,
  onRetire,
}: {
  type: RequestType;
  all: readonly RequestType[];
  at: number;
  onChange: () => void;
  onRetire: () => void;
}) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { change, arrange } = useTypes();
  const name = useTypeName()(type.code);
  const failed = { onError: (error: Error) => toast(text(error), { tone: 'danger' as const }) };
  const move = (by: -1 | 1) => arrange.mutate(moved(all, type.code, by), failed);
  return (
    <li>
      <span className={style.name} data-retired={type.retired}>
        {name}
      </span>
      {type.retired && <Word>{t('types.retired')}</Word>}
      <div className={catalogue.acts}>
        <Link to="/inbox/$queue" params={{ queue: 'all' }} search={{ type: type.code }} aria-label={t('types.requestsOf', { name })}>
          {t('types.requests')}
        </Link>
        <Button small onClick={() => move(-1)} disabled={at === 0 || arrange.isPending} aria-label={t('types.upOf', { name })}>
          ↑
        </Button>
        <Button
          small
          onClick={() => move(1)}
          disabled={at === all.length - 1 || arrange.isPending}
          aria-label={t('types.downOf', { name })}
        >
          ↓
        </Button>
        <Button small onClick={onChange} aria-label={t('types.changeOf', { name })}>
          {t('types.change')}
        </Button>
        {type.retired ? (
          <Button
            small
            onClick={() => change.mutate({ code: type.code, retired: false }, failed)}
            disabled={change.isPending}
            aria-label={t('types.restoreOf', { name })}
          >
            {t('types.restore')}
          </Button>
        ) : (
          <Button small onClick={onRetire} aria-label={t('types.retireOf', { name })}>
            {t('types.retire')}
          </Button>
        )}
      </div>
    </li>
  );
}
