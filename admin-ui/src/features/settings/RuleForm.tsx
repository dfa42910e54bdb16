import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { TermEnds } from '@/api/schema.gen';
import { IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { offeredTypesQuery, useTypeName } from '@/features/standing/standing';
import { officesQuery } from '@/features/ticket/tickets';
import { useMoments } from '@/i18n/words';
import { targets, units, type Rule, type UnitName } from './terms';
import style from './Terms.module.css';

interface Props {
  rule: Rule;
  number: number;
  ends: TermEnds | undefined;
  disabled: boolean;
  /** What is wrong with a field of the rule; with an empty name, with the rule as a whole. */
  wrong: (field: string) => string | undefined;
  onChange: (rule: Rule) => void;
  onRemove: () => void;
}

const priorities = ['1', '2', '3', '4'] as const;

/** One rule: whose requests it is about, its three terms, and what they would mean now. */
export function RuleForm({ rule, number, ends, disabled, wrong, onChange, onRemove }: Props) {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery).data ?? [];
  const types = useQuery(offeredTypesQuery).data ?? [];
  const typeName = useTypeName();
  const isGeneral = rule.office === '' && rule.priority === '' && rule.type === '';
  const parts = [...targets.map((each) => `.${each}`), '.warn_percent', '.office_id', '.request_type', '.priority'];
  const whole = parts.some((part) => wrong(part)) ? undefined : wrong('');
  return (
    <li className={style.rule}>
      <fieldset disabled={disabled}>
        <legend>{isGeneral && number === 0 ? t('terms.all') : t('terms.rule', { number: number + 1 })}</legend>
        {!(isGeneral && number === 0) && (
          <div className={style.whose}>
            <label>
              {t('terms.office')}
              <select
                value={rule.office}
                aria-invalid={wrong('.office_id') !== undefined}
                onChange={(event) => onChange({ ...rule, office: event.target.value })}
              >
                <option value="">{t('terms.anyOffice')}</option>
                {offices.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {t('terms.type')}
              <select
                value={rule.type}
                aria-invalid={wrong('.request_type') !== undefined}
                onChange={(event) => onChange({ ...rule, type: event.target.value })}
              >
                <option value="">{t('terms.anyType')}</option>
                {[
                  ...types.map((each) => each.code),
                  ...(types.length > 0 && rule.type && !types.some((each) => each.code === rule.type) ? [rule.type] : []),
                ].map((code) => (
                  <option key={code} value={code}>
                    {typeName(code)}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {t('terms.priority')}
              <select value={rule.priority} onChange={(event) => onChange({ ...rule, priority: event.target.value })}>
                <option value="">{t('terms.anyPriority')}</option>
                {priorities.map((each) => (
                  <option key={each} value={each}>
                    {t(`terms.priorities.${each}`)}
                  </option>
                ))}
              </select>
            </label>
            {!disabled && <IconButton small icon="trash" label={t('terms.remove', { number: number + 1 })} onClick={onRemove} />}
          </div>
        )}
        <Wrong text={wrong('.office_id')} />
        <Wrong text={wrong('.request_type')} />
        {targets.map((target) => (
          <TermLine key={target} target={target} rule={rule} ends={ends?.[target]} error={wrong(`.${target}`)} onChange={onChange} />
        ))}
        <div className={style.term}>
          <span>{t('terms.warn')}</span>
          <span className={style.value}>
            <input
              aria-label={t('terms.warn')}
              inputMode="numeric"
              maxLength={3}
              value={rule.warn}
              aria-invalid={wrong('.warn_percent') !== undefined}
              onChange={(event) => onChange({ ...rule, warn: event.target.value })}
            />
            <span className={style.hint}>{t('terms.warnHint')}</span>
          </span>
          <Wrong text={wrong('.warn_percent')} />
        </div>
        <Wrong text={whole} />
      </fieldset>
    </li>
  );
}

interface LineProps {
  target: (typeof targets)[number];
  rule: Rule;
  ends: string | undefined;
  error: string | undefined;
  onChange: (rule: Rule) => void;
}

function TermLine({ target, rule, ends, error, onChange }: LineProps) {
  const { t } = useTranslation();
  const moments = useMoments();
  const term = rule.terms[target];
  const set = (change: Partial<typeof term>) => onChange({ ...rule, terms: { ...rule.terms, [target]: { ...term, ...change } } });
  const what = t(`terms.${target}`);
  return (
    <div className={style.term}>
      <span>{what}</span>
      <span className={style.value}>
        <input
          aria-label={t('terms.amount', { what })}
          aria-invalid={error !== undefined}
          inputMode="numeric"
          maxLength={7}
          placeholder="–"
          value={term.amount}
          onChange={(event) => set({ amount: event.target.value })}
        />
        <select
          aria-label={t('terms.unit', { what })}
          value={term.unit}
          onChange={(event) => set({ unit: event.target.value as UnitName })}
        >
          {units.map((each) => (
            <option key={each} value={each}>
              {t(`terms.units.${each}`)}
            </option>
          ))}
        </select>
      </span>
      {term.amount.trim() === '' ? (
        <small>{t('terms.none')}</small>
      ) : (
        ends && !error && <small>{t('terms.ends', { date: moments.full(ends) })}</small>
      )}
      <Wrong text={error} />
    </div>
  );
}

function Wrong({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p className={style.wrong} role="alert">
      <Icon name="warn" size={14} /> {text}
    </p>
  );
}
