import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem, QuarantineResult } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { toast } from '@/design/toasts';
import { useCoded } from '@/i18n/words';
import { AssignDialog, DiscardDialog } from './Decisions';
import { useDecide, type Decision } from './useDecisions';
import item from './Item.module.css';
import style from './List.module.css';

interface Props {
  items: readonly QuarantineItem[];
  /** The ticked ones of them. */
  listed: readonly QuarantineItem[];
  more: boolean;
  state: 'open' | 'discarded';
  onTick: (ticked: ReadonlySet<string>) => void;
}

/** One decision on all that is ticked; what did not work is told one by one and stays ticked. */
export function Bulk({ items, listed, more, state, onTick }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const decide = useDecide();
  const [asking, setAsking] = useState<'assign' | 'discard'>();
  const [failed, setFailed] = useState<{ done: number; lines: Failure[] }>();
  const count = listed.length;
  const all = count > 0 && count === items.length;
  const take = (decision: Decision) =>
    decide.mutate(
      { ids: listed.map((each) => each.id), decision },
      {
        onSuccess: (results) => {
          setAsking(undefined);
          const lines = failures(results, listed);
          onTick(new Set(lines.map((each) => each.id)));
          if (lines.length > 0) setFailed({ done: results.length - lines.length, lines });
          else toast(t(`quarantine.bulk.${decision.act}`, { count: results.length, number: results[0]?.ticket ?? '' }));
        },
        onError: (error) => {
          if (decision.act !== 'assign' && decision.act !== 'discard') toast(text(error), { tone: 'danger' });
        },
      },
    );
  const dialog = { count, state: decide, onDecide: take, onClose: () => setAsking(undefined) };
  return (
    <div className={style.bulk} role="group" aria-label={t('quarantine.bulkLabel')}>
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
      {count > 0 && (
        <div className={style.bulkActs}>
          {decide.isPending && <span role="status">{t('quarantine.doing', { done: decide.done, count })}</span>}
          {state === 'open' ? (
            <>
              <Button small icon="refresh" disabled={decide.isPending} onClick={() => take({ act: 'retry' })}>
                {t('quarantine.retryMany')}
              </Button>
              <Button small icon="inbox" disabled={decide.isPending} onClick={() => setAsking('assign')}>
                {t('quarantine.assignMany')}
              </Button>
              <Button small icon="plus" disabled={decide.isPending} onClick={() => take({ act: 'open' })}>
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
      {failed && <Failed {...failed} onClose={() => setFailed(undefined)} />}
    </div>
  );
}

interface Failure {
  id: string;
  problem: string;
  subject: string | undefined;
  from: string | undefined;
}

function failures(results: readonly QuarantineResult[], items: readonly QuarantineItem[]): Failure[] {
  const byID = new Map(items.map((each) => [each.id, each]));
  return results.flatMap(({ id, problem }) => (problem ? [{ id, problem, subject: byID.get(id)?.subject, from: byID.get(id)?.from }] : []));
}

function Failed({ done, lines, onClose }: { done: number; lines: Failure[]; onClose: () => void }) {
  const { t } = useTranslation();
  const coded = useCoded();
  return (
    <Dialog title={t('quarantine.failedTitle', { count: lines.length })} onClose={onClose} actions={<Button onClick={onClose}>{t('close')}</Button>}>
      <p className={item.lead}>{t('quarantine.failedLead', { count: done })}</p>
      <ul className={style.failed}>
        {lines.map((each) => (
          <li key={each.id}>
            <strong>{each.subject ?? t('quarantine.noSubject')}</strong>
            <span>{each.from ?? t('quarantine.unknownSender')}</span>
            <span className={style.reason}>{coded('error', each.problem)}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
