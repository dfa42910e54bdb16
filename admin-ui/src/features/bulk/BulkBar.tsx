import type { TFunction } from 'i18next';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Office, TicketAct, TicketSummary } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { announce } from '@/design/announce';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { SnoozeDialog } from '@/features/aside/SnoozeDialog';
import { StandingDialog } from '@/features/standing/StandingDialog';
import type { Spoken } from '@/features/standing/standing';
import { ActPickers } from './ActPickers';
import { ActReport, type Report } from './ActReport';
import { reversible, unwilling, useAct, worked } from './acts';
import { HandOverDialog } from './HandOverDialog';
import style from './BulkBar.module.css';

interface Props {
  /** All rows that are loaded, and the numbers of those selected. */
  rows: readonly TicketSummary[];
  ticked: ReadonlySet<string>;
  onTick: (ticked: ReadonlySet<string>) => void;
}

/** What one does with the selected tickets; what was refused is named one by one and stays selected. */
export function BulkBar({ rows, ticked, onTick }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { mutateAsync, isPending, done } = useAct();
  const [to, setTo] = useState<Office>();
  const [aside, setAside] = useState(false);
  const [saying, setSaying] = useState<Spoken>();
  const [report, setReport] = useState<Report>();
  const chosen = rows.filter((row) => ticked.has(row.number));
  const count = chosen.length;
  useSpokenCount(count);
  const undo = (tickets: ReturnType<typeof worked>) =>
    mutateAsync({ tickets }).then(
      (results) => {
        const refused = unwilling(results);
        setReport(refused.length > 0 ? { refused, done: results.length - refused.length, undone: true } : undefined);
        if (refused.length > 0) toast(t('bulk.undo.left', { count: refused.length }), { tone: 'danger' });
        else toast(t('bulk.undo.done', { count: results.length }));
      },
      (error: unknown) => toast(text(error), { tone: 'danger' }),
    );
  const act = (what: TicketAct) =>
    void mutateAsync({ tickets: chosen, act: what }).then(
      (results) => {
        setTo(undefined);
        setSaying(undefined);
        setAside(false);
        const refused = unwilling(results);
        const changed = worked(results);
        const same = results.length - refused.length - changed.length;
        onTick(new Set(refused.map((each) => each.number)));
        const back = reversible(what) && changed.length > 0 ? () => void undo(changed) : undefined;
        setReport(refused.length > 0 ? { refused, done: changed.length, same, back } : undefined);
        if (refused.length > 0) announce(t('bulk.report.title', { count: refused.length }), true);
        else toast(outcome(t, changed.length, same), back && { action: { label: t('bulk.undo.act'), run: back } });
      },
      (error: unknown) => toast(text(error), { tone: 'danger' }),
    );
  if (count === 0 && !report) return null;
  return (
    <div className={style.bar} role="group" aria-label={t('bulk.label')}>
      {count > 0 && (
        <>
          <Ticks rows={rows} count={count} onTick={onTick} progress={isPending ? t('bulk.busy', { done, count }) : undefined} />
          <ActPickers
            disabled={isPending}
            onAct={act}
            onHandOver={setTo}
            onSay={setSaying}
            onSnooze={() => setAside(true)}
            has={chosen.flatMap((each) => each.tags)}
            held={chosen.map((each) => each.office.id)}
          />
        </>
      )}
      {report && <ActReport {...report} rows={rows} onClose={() => setReport(undefined)} />}
      {to && (
        <HandOverDialog
          to={to}
          count={count}
          busy={isPending}
          onClose={() => setTo(undefined)}
          onGive={(note) => act({ office_id: to.id, ...(note && { note }) })}
        />
      )}
      {aside && (
        <SnoozeDialog
          count={count}
          due={nearest(chosen)}
          busy={isPending}
          onClose={() => setAside(false)}
          onSnooze={(snooze) => act({ snooze })}
        />
      )}
      {saying && (
        <StandingDialog
          status={saying}
          busy={isPending}
          onClose={() => setSaying(undefined)}
          onSay={(standing) => act({ status: saying, standing })}
        />
      )}
    </div>
  );
}

/** How many were changed, and how many were so already. */
function outcome(t: TFunction, done: number, same: number): string {
  if (same === 0) return t('bulk.done', { count: done });
  return done === 0 ? t('bulk.same.all', { count: same }) : `${t('bulk.done', { count: done })}. ${t('bulk.same.others', { count: same })}`;
}

/** The nearest deadline among some tickets. */
function nearest(tickets: readonly TicketSummary[]): string | undefined {
  return tickets.flatMap((each) => each.clocks?.due_at ?? []).sort()[0];
}

/** How many are selected, and all or none of them. */
function Ticks({ rows, count, onTick, progress }: Pick<Props, 'rows' | 'onTick'> & { count: number; progress: string | undefined }) {
  const { t } = useTranslation();
  const all = count === rows.length;
  return (
    <div className={style.ticks}>
      <label>
        <input
          type="checkbox"
          ref={(box) => {
            if (box) box.indeterminate = !all;
          }}
          checked={all}
          aria-label={t('bulk.all', { count: rows.length })}
          title={t('bulk.all', { count: rows.length })}
          onChange={() => onTick(all ? new Set() : new Set(rows.map((each) => each.number)))}
        />
        {t('bulk.ticked', { count })}
      </label>
      {progress && <span role="status">{progress}</span>}
      <Button small look="quiet" onClick={() => onTick(new Set())}>
        {t('bulk.clear')}
      </Button>
    </div>
  );
}

/** Says how many are selected once the number has stood a moment. */
function useSpokenCount(count: number) {
  const { t } = useTranslation();
  useEffect(() => {
    if (count === 0) return undefined;
    const timer = setTimeout(() => announce(t('bulk.ticked', { count })), 400);
    return () => clearTimeout(timer);
  }, [count, t]);
}
