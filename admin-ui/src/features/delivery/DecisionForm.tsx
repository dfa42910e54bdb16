import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeliveryDetail } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { TextArea } from '@/design/Field';
import style from './DeliveriesPage.module.css';
import { useDecide, type Outcome } from './useDecide';

/** Asks what to do about a failed or uncertain delivery, and why; nothing is chosen beforehand. */
export function DecisionForm({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [outcome, setOutcome] = useState<Outcome>();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const decide = useDecide(delivery);
  // Sending again is a new delivery with its own record; the other outcomes close this one and need their reason.
  const needsReason = outcome !== 'retry' && outcome !== 'elsewhere';
  const missing = needsReason && reason.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (outcome && !missing) decide.mutate({ outcome, reason: reason.trim() });
  };
  return (
    <form onSubmit={submit}>
      {delivery.over && <p>{t('task.over')}</p>}
      <Options delivery={delivery} outcome={outcome} onChoose={setOutcome} />
      {tried && !outcome && (
        <p className={style.complaint} role="alert">
          {t('task.choiceMissing')}
        </p>
      )}
      {needsReason && (
        <TextArea
          label={t('task.reason')}
          hint={t('task.reasonHint')}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          error={tried && missing ? t('task.reasonMissing') : undefined}
        />
      )}
      {decide.error && (
        <p className={style.complaint} role="alert">
          {text(decide.error)}
        </p>
      )}
      <Button look="primary" type="submit" className={style.submit} disabled={decide.isPending}>
        {t('task.submit')}
      </Button>
    </form>
  );
}

/** What may be decided; a letter whose question is over is not sent again. */
function offeredFor({ state, proposed, over }: DeliveryDetail): Outcome[] {
  if (state === 'uncertain') return ['sent', ...(over ? [] : (['resend'] as const)), 'give_up'];
  return over ? ['give_up'] : [...(proposed ? (['elsewhere'] as const) : []), 'retry', 'give_up'];
}

interface OptionsProps {
  delivery: DeliveryDetail;
  outcome: Outcome | undefined;
  onChoose: (outcome: Outcome) => void;
}

function Options({ delivery, outcome, onChoose }: OptionsProps) {
  const { t } = useTranslation();
  const { proposed } = delivery;
  const offered = offeredFor(delivery);
  const elsewhere = proposed && { way: t(`way.${proposed.to.kind}`), address: proposed.to.address };
  return (
    <fieldset className={style.options}>
      <legend>{t('task.question')}</legend>
      {offered.map((each) => (
        <label key={each} className={style.option}>
          <input type="radio" name="outcome" value={each} checked={outcome === each} onChange={() => onChoose(each)} />
          <span>
            {each === 'elsewhere' && elsewhere ? t('task.option.elsewhere', elsewhere) : each !== 'elsewhere' && t(`task.option.${each}`)}
            <small>{t(`task.option.${each}Hint`)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
