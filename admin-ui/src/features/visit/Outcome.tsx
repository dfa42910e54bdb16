import { useTranslation } from 'react-i18next';
import { useFieldText } from '@/api/wording';
import type { Office, Outcome as Ending } from '@/api/schema.gen';
import { SelectField, TextArea, TextField } from '@/design/Field';
import { useOutcomeChoices } from '@/features/standing/standing';
import { Segments } from './Segments';
import type { Draft } from './draft';
import style from './Visit.module.css';

const ways = ['answered', 'mine', 'queue', 'ask', 'transfer'] as const;

interface Props {
  draft: Draft;
  offices: readonly Office[];
  error: unknown;
  /** Words for what is missing. */
  wrong: (field: 'to' | 'whom') => string | undefined;
  onChange: (some: Partial<Draft>) => void;
}

/** What became of it, with what has to be said of that. */
export function Outcome({ draft, offices, error, wrong, onChange }: Props) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const endings = useOutcomeChoices();
  const handed = draft.then === 'ask' || draft.then === 'transfer' ? draft.then : undefined;
  return (
    <>
      <Segments
        legend={t('visit.then')}
        name="then"
        value={draft.then}
        options={ways.map((value) => ({ value, label: t(`visit.outcome.${value}`) }))}
        onChange={(then) => onChange({ then })}
      />
      {draft.then === 'answered' && (
        <div className={style.answer}>
          <TextArea
            label={t('visit.answer')}
            placeholder={t('visit.answerHint')}
            rows={2}
            maxLength={10_000}
            value={draft.answer}
            error={fieldText(error, 'answer')}
            onChange={(event) => onChange({ answer: event.target.value })}
          />
          <SelectField
            label={t('visit.ending')}
            value={draft.outcome}
            error={fieldText(error, 'standing.outcome')}
            onChange={(event) => onChange({ outcome: event.target.value as Ending })}
          >
            {endings.map((each) => (
              <option key={each.value} value={each.value}>
                {each.label}
              </option>
            ))}
          </SelectField>
          {draft.outcome === 'forwarded' && (
            <TextField
              label={t('visit.whom')}
              maxLength={200}
              value={draft.whom}
              error={wrong('whom')}
              onChange={(event) => onChange({ whom: event.target.value })}
            />
          )}
        </div>
      )}
      {handed && (
        <div className={style.answer}>
          <SelectField
            label={t(`visit.to.${handed}`)}
            value={draft.to}
            error={wrong('to') ?? fieldText(error, 'to_office_id')}
            onChange={(event) => onChange({ to: event.target.value })}
          >
            <option value="">{t('ask.pick')}</option>
            {offices
              .filter((each) => each.id !== draft.office)
              .map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
          </SelectField>
          <TextArea
            label={t(`visit.note.${handed}`)}
            placeholder={handed === 'ask' ? t('visit.noteHint') : undefined}
            rows={2}
            maxLength={10_000}
            value={draft.note}
            onChange={(event) => onChange({ note: event.target.value })}
          />
        </div>
      )}
    </>
  );
}
