import { useTranslation } from 'react-i18next';
import type { TrialStep } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import type { IconName } from '@/design/icons';
import { useMoments } from '@/i18n/words';
import type { Trial } from './trial';
import style from './Setup.module.css';

const signs: Record<TrialStep['state'], IconName> = {
  planned: 'more',
  running: 'refresh',
  passed: 'check',
  warning: 'warn',
  failed: 'close',
  skipped: 'more',
};

interface Props {
  trial: Trial;
  /** When the steps are those of an earlier day. */
  at?: string | undefined;
  /** Leads to the field of a step. */
  onField: (pointer: string) => void;
  /** Fields that a step can lead to. */
  knows: (pointer: string) => boolean;
}

/** The steps of a trial as they happen, each with its result and what to do about it. */
export function TrialPanel({ trial, at, onField, knows }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const moments = useMoments();
  return (
    // It scrolls by itself, so the keyboard must reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={style.trial} aria-labelledby="trial-title" tabIndex={0}>
      <h2 id="trial-title">{t('setup.trial')}</h2>
      <p className={style.verdict} data-state={trial.state} role="status">
        {trial.state === 'broken' && trial.error ? text(trial.error) : t(`setup.verdict.${trial.state}`)}
        {at && <span>{t('setup.triedAt', { time: moments.full(at) })}</span>}
      </p>
      {trial.state === 'none' && trial.steps.length === 0 && <p className={style.lead}>{t('setup.trialLead')}</p>}
      <ol className={style.steps}>
        {trial.steps.map((step) => (
          <Step key={step.name} step={step} onField={onField} knows={knows} />
        ))}
      </ol>
    </section>
  );
}

function Step({ step, onField, knows }: { step: TrialStep } & Pick<Props, 'onField' | 'knows'>) {
  const { t } = useTranslation();
  const { pointer } = step;
  const ended = step.state === 'failed' || step.state === 'warning' || step.state === 'passed';
  return (
    <li data-state={step.state} aria-current={step.state === 'running' ? 'step' : undefined}>
      <span className={style.sign}>
        <Icon name={signs[step.state]} size={14} label={t(`setup.state.${step.state}`)} />
      </span>
      <div>
        <p className={style.what}>
          {step.title}
          {ended && step.took_ms !== undefined && step.took_ms >= 1000 && (
            <span>{t('setup.seconds', { count: Math.round(step.took_ms / 1000) })}</span>
          )}
        </p>
        {ended && step.summary && <p className={step.state === 'passed' ? style.quiet : undefined}>{step.summary}</p>}
        {ended && step.remedy && <p>{step.remedy}</p>}
        {step.state === 'failed' && step.said && (
          <p className={style.said}>
            {t('channels.provider')}: «{step.said}»
          </p>
        )}
        {(step.state === 'failed' || step.state === 'warning') && pointer && knows(pointer) && (
          <Button small onClick={() => onField(pointer)}>
            {t('setup.toField')}
          </Button>
        )}
      </div>
    </li>
  );
}
