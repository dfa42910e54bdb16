import { useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextArea } from '@/design/Field';
import { readNumber } from '@/features/ticket/number';
import { TicketSearch } from './TicketSearch';
import type { Decide, Decision } from './useDecisions';
import style from './Item.module.css';

interface Props {
  /** How many items it is about. */
  count: number;
  state: Decide;
  onDecide: (decision: Decision) => void;
  onClose: () => void;
}

/** Asks on which ticket to file items. */
export function AssignDialog({ count, state, onDecide, onClose }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const field = useFieldText();
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const ticket = readNumber(typed);
  const refused = field(state.error, 'ticket') ? t('ticket.notFound.title') : state.error ? text(state.error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (ticket) onDecide({ act: 'assign', ticket });
  };
  return (
    <Ask
      title={t('quarantine.assignTitle', { count })}
      state={state}
      count={count}
      act={t('quarantine.assignSubmit')}
      onSubmit={submit}
      onClose={onClose}
    >
      <TicketSearch
        label={t('quarantine.assignNumber')}
        hint={t('quarantine.assignHint')}
        text={typed}
        onText={(next) => {
          setTried(false);
          setTyped(next);
        }}
        error={tried && !ticket ? t('quarantine.assignBad') : refused}
      />
    </Ask>
  );
}

/** Asks why items are put aside. */
export function DiscardDialog({ count, state, onDecide, onClose }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const missing = reason.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing) onDecide({ act: 'discard', reason: reason.trim() });
  };
  return (
    <Ask
      title={t('quarantine.discardTitle', { count })}
      state={state}
      count={count}
      act={t('quarantine.discard')}
      danger
      onSubmit={submit}
      onClose={onClose}
    >
      <p className={style.lead}>{t('quarantine.discardBody')}</p>
      <TextArea
        label={t('quarantine.reason')}
        hint={t('quarantine.reasonHint')}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        error={tried && missing ? t('quarantine.reasonMissing') : state.error ? text(state.error) : undefined}
      />
    </Ask>
  );
}

/** Asks once more before something is done to what nobody has looked at. */
export function ConfirmDialog({ act, count, state, onDecide, onClose }: Props & { act: 'retry' | 'open' }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDecide({ act });
  };
  return (
    <Ask
      title={t(`quarantine.${act}Title`, { count })}
      state={state}
      count={count}
      act={t(`quarantine.${act}Many`)}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className={style.lead}>{t(`quarantine.${act}Body`)}</p>
      {state.error && <p role="alert">{text(state.error)}</p>}
    </Ask>
  );
}

interface AskProps {
  title: string;
  act: string;
  danger?: boolean;
  count: number;
  state: Decide;
  onSubmit: (event: FormEvent) => void;
  onClose: () => void;
  children: ReactNode;
}

function Ask({ title, act, danger, count, state, onSubmit, onClose, children }: AskProps) {
  const { t } = useTranslation();
  const busy = state.isPending && count > 1;
  return (
    <Dialog title={title} onClose={busy ? state.stop : onClose}>
      <form className={style.form} onSubmit={onSubmit}>
        {children}
        <div className={style.acts}>
          <Button look={danger ? 'danger' : 'primary'} type="submit" disabled={state.isPending}>
            {busy ? t('quarantine.doing', { done: state.done, count }) : act}
          </Button>
          <Button onClick={busy ? state.stop : onClose}>{t(busy ? 'quarantine.stop' : 'cancel')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
