import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { AuditState } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { toast } from '@/design/toasts';
import { useMoments, useReason } from '@/i18n/words';
import { auditStateQuery, useAuditCheck } from './audit';
import style from './AuditPage.module.css';

/** Whether the log can be believed: how far it is sealed, and what the last walk of all of it found. */
export function ChainState() {
  const { t } = useTranslation();
  const text = useProblemText();
  const query = useQuery(auditStateQuery);
  const check = useAuditCheck();
  const state = query.data;
  const running = Boolean(state?.check && !state.check.finished_at);
  const bad = state?.fault ?? state?.check?.fault;
  return (
    <div className={style.chain} data-bad={Boolean(bad)} role="status">
      <Icon name={bad ? 'warn' : 'check'} />
      <div>
        {state && <Present state={state} />}
        {query.isError && <p>{text(query.error)}</p>}
        {state?.check && <Walk state={state} />}
      </div>
      <Button
        small
        disabled={running || check.isPending}
        onClick={() => check.mutate(undefined, { onError: (error) => toast(text(error), { tone: 'danger' }) })}
      >
        {t(running ? 'audit.checking' : 'audit.checkAll')}
      </Button>
    </div>
  );
}

function Present({ state }: { state: AuditState }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const reason = useReason('audit.fault');
  const now = useMinute();
  if (state.fault) return <p>{reason(state.fault)}</p>;
  if (!state.sealed_until) return <p>{t('audit.nothingSealed')}</p>;
  const today = moments.sameDay(state.sealed_until, now);
  return (
    <p>
      {t(today ? 'audit.sealedToday' : 'audit.sealedOn', {
        time: moments.clock(state.sealed_until),
        date: moments.date(state.sealed_until, now),
        count: state.sealed,
      })}
    </p>
  );
}

function Walk({ state }: { state: AuditState }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const reason = useReason('audit.fault');
  const now = useMinute();
  const check = state.check;
  if (!check?.finished_at) return <small>{t('audit.checkRuns')}</small>;
  const time = `${moments.date(check.finished_at, now)}, ${moments.clock(check.finished_at)}`;
  return (
    <small>
      {check.fault ? t('audit.checkedBad', { time, fault: reason(check.fault) }) : t('audit.checkedGood', { time, count: check.sealed })}
    </small>
  );
}
