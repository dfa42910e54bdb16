import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Token } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { Tag } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { officesQuery } from '@/features/ticket/tickets';
import { useMoments } from '@/i18n/words';
import { lifeOf } from './life';
import { SecretDialog } from './SecretDialog';
import { TokenDialog } from './TokenDialog';
import { tokensQuery, useTokens } from './tokens';
import style from './Tokens.module.css';

type Over = { what: 'make' } | { what: 'secret'; name: string; secret: string } | { what: 'end'; token: Token };

/** The keys of scripts: who has one, until when, and what it may do. */
export function Tokens() {
  const { t } = useTranslation();
  const query = useQuery(tokensQuery);
  const [over, setOver] = useState<Over>();
  const close = () => setOver(undefined);
  return (
    <>
      <p className={style.lead}>{t('tokens.lead')}</p>
      {query.isPending && <Skeleton rows={2} label={t('loading')} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <Blank title={t('tokens.none')} />}
      <ul className={style.tokens}>
        {query.data?.map((token) => (
          <Row key={token.id} token={token} onEnd={() => setOver({ what: 'end', token })} />
        ))}
      </ul>
      <Button small icon="plus" onClick={() => setOver({ what: 'make' })}>
        {t('tokens.make')}
      </Button>
      {over?.what === 'make' && <TokenDialog onClose={close} onMade={(name, secret) => setOver({ what: 'secret', name, secret })} />}
      {over?.what === 'secret' && <SecretDialog name={over.name} secret={over.secret} onClose={close} />}
      {over?.what === 'end' && <EndDialog token={over.token} onClose={close} />}
    </>
  );
}

function Row({ token, onEnd }: { token: Token; onEnd: () => void }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const office = useQuery(officesQuery).data?.find((each) => each.id === token.office_id)?.name;
  const used = token.last_used_at
    ? t('tokens.used', { time: `${moments.date(token.last_used_at, now)}, ${moments.clock(token.last_used_at)}` })
    : t('tokens.unused');
  return (
    <li>
      <span className={style.who}>
        <strong>{token.name}</strong>
        <small>{[t(`settings.role.${token.role}`), office, used].filter(Boolean).join(' · ')}</small>
        {token.never_because && <small>«{token.never_because}»</small>}
      </span>
      <Life token={token} />
      <Button small onClick={onEnd} aria-label={t('tokens.endOf', { name: token.name })}>
        {t('tokens.end')}
      </Button>
    </li>
  );
}

function Life({ token }: { token: Token }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const life = lifeOf(token, now);
  const words = t(`tokens.${life}`, { date: token.expires_at ? moments.day(token.expires_at) : '' });
  if (life === 'expired') return <Tag tone="danger">{words}</Tag>;
  if (life === 'soon') {
    return (
      <Tag tone="note" title={t('tokens.soonHint')}>
        {words}
      </Tag>
    );
  }
  return <small className={style.life}>{words}</small>;
}

function EndDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { end } = useTokens();
  const go = () =>
    end.mutate(token.id, {
      onSuccess: () => {
        toast(t('tokens.ended', { name: token.name }));
        onClose();
      },
    });
  return (
    <Dialog
      title={t('tokens.endOf', { name: token.name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" onClick={go} disabled={end.isPending}>
            {t('tokens.end')}
          </Button>
        </>
      }
    >
      <p>{t('tokens.endLead', { name: token.name })}</p>
      {end.error && <p role="alert">{text(end.error)}</p>}
    </Dialog>
  );
}
