import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem, QuarantineMatching } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { AssignDialog, ConfirmDialog, DiscardDialog } from './Decisions';
import { Report } from './Report';
import { linesOf, type Line } from './outcome';
import { useDecide, type Decision } from './useDecisions';
import style from './List.module.css';

/** All that a list holds, also what is not loaded. */
export interface Everything {
  count: number;
  matching: QuarantineMatching;
}

interface Props {
  items: readonly QuarantineItem[];
  /** The ticked ones of them. */
  listed: readonly QuarantineItem[];
  more: boolean;
  state: 'open' | 'discarded';
  /** All that the list holds, where that is more than is loaded, and whether it is meant. */
  everything: Everything | undefined;
  meansAll: boolean;
  onTick: (ticked: ReadonlySet<string>) => void;
  onAll: (all: boolean) => void;
}

type Asking = 'assign' | 'discard' | 'retry' | 'open';

/** One decision on all that is ticked, or on all that the list holds; what did not work is told one by one. */
export function Bulk({ items, listed, more, state, everything, meansAll, onTick, onAll }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const decide = useDecide();
  const [asking, setAsking] = useState<Asking>();
  const [report, setReport] = useState<{ lines: Line[]; unfinished: boolean; ticked: boolean }>();
  const all = meansAll ? everything : undefined;
  const count = all?.count ?? listed.length;
  const take = (decision: Decision) =>
    decide.mutate(
      { meant: all ? { matching: all.matching } : { ids: listed.map((each) => each.id) }, decision },
      {
        onSuccess: ({ results, unfinished }) => {
          setAsking(undefined);
          const lines = linesOf(results, listed);
          const told = new Set(lines.filter((each) => !each.problem).map((each) => each.id));
          onTick(new Set(all ? [] : listed.map((each) => each.id).filter((id) => !told.has(id))));
          if (unfinished || told.size < lines.length) setReport({ lines, unfinished, ticked: !all });
          else toast(t(`quarantine.bulk.${decision.act}`, { count: results.length, number: results[0]?.ticket ?? '' }));
        },
        onError: (error) => {
          if (!asking) toast(text(error), { tone: 'danger' });
        },
      },
    );
  // What is listed is seen; what is not is asked about.
  const act = (which: 'retry' | 'open') => (all ? setAsking(which) : take({ act: which }));
  const dialog = { count, state: decide, onDecide: take, onClose: () => setAsking(undefined) };
  return (
    <div className={style.bulk} role="group" aria-label={t('quarantine.bulkLabel')}>
      <Ticks items={items} count={count} more={more} everything={everything} meansAll={meansAll} onTick={onTick} onAll={onAll} />
      {count > 0 && (
        <div className={style.bulkActs}>
          {decide.isPending && !asking && <span role="status">{t('quarantine.doing', { done: decide.done, count })}</span>}
          {state === 'open' ? (
            <>
              <Button small icon="refresh" disabled={decide.isPending} onClick={() => act('retry')}>
                {t('quarantine.retryMany')}
              </Button>
              <Button small icon="inbox" disabled={decide.isPending} onClick={() => setAsking('assign')}>
                {t('quarantine.assignMany')}
              </Button>
              <Button small icon="plus" disabled={decide.isPending} onClick={() => act('open')}>
                {t('quarantine.openMany')}
              </Button>
              <Button small look="danger" icon="trash" disabled={decide.isPending} onClick={() => setAsking('discard')}>
                {t('quarantine.discardMany')}
              </Button>
            </>
          ) : (
            <Button small icon="undo" disabled={decide.isPending} onClick={() => take({ act: 'restore' })}>
              {t('quarantine.restoreMany')}
            </Button>
          )}
        </div>
      )}
      {asking === 'assign' && <AssignDialog {...dialog} />}
      {asking === 'discard' && <DiscardDialog {...dialog} />}
      {(asking === 'retry' || asking === 'open') && <ConfirmDialog {...dialog} act={asking} />}
      {report && <Report {...report} onClose={() => setReport(undefined)} />}
    </div>
  );
}

/** What is meant: nothing, the ticked, all that is loaded, or all that there is. */
function Ticks({ items, count, more, everything, meansAll, onTick, onAll }: Omit<Props, 'listed' | 'state'> & { count: number }) {
  const { t } = useTranslation();
  const all = meansAll || (count > 0 && count === items.length);
  return (
    <>
      <label className={style.all}>
        <input
          type="checkbox"
          ref={(box) => {
            if (box) box.indeterminate = count > 0 && !all;
          }}
          checked={all}
          onChange={() => onTick(all ? new Set() : new Set(items.map((each) => each.id)))}
        />
        {count > 0 ? t('quarantine.ticked', { count }) : t(more ? 'quarantine.tickListed' : 'quarantine.tickAll', { count: items.length })}
      </label>
      {all && everything && (
        <Button small look="quiet" className={style.whole} onClick={() => onAll(!meansAll)}>
          {meansAll ? t('quarantine.tickOnlyListed', { count: items.length }) : t('quarantine.tickMatching', { count: everything.count })}
        </Button>
      )}
    </>
  );
}
