import { useTranslation } from 'react-i18next';
import { announce } from '@/design/announce';
import { Button, IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { useCoded } from '@/i18n/words';
import { clockOf, days, faultOf, nextStretch, type Day, type Stretch, type Week } from './hours';
import style from './Hours.module.css';

interface Props {
  week: Week;
  onChange: (week: Week) => void;
  /** What the hub said about a day, if anything. */
  refused: (day: Day) => string | undefined;
}

/** The hours of a week, day by day; a day may be split. */
export function WeekEditor({ week, onChange, refused }: Props) {
  const { t } = useTranslation();
  const coded = useCoded();
  const copy = (day: Day, to: readonly Day[]) => {
    const next = { ...week };
    for (const each of to) if (each !== day) next[each] = week[day].map((stretch) => ({ ...stretch, key: crypto.randomUUID() }));
    onChange(next);
    announce(t('hours.copied'));
  };
  return (
    <div className={style.week}>
      {days.map((day) => {
        const fault = faultOf(week[day]);
        return (
          <DayEditor
            key={day}
            day={day}
            stretches={week[day]}
            error={fault ? coded('error.field', fault) : refused(day)}
            onChange={(stretches) => onChange({ ...week, [day]: stretches })}
            onCopy={(to) => copy(day, to)}
          />
        );
      })}
    </div>
  );
}

interface DayProps {
  day: Day;
  stretches: readonly Stretch[];
  error: string | undefined;
  onChange: (stretches: readonly Stretch[]) => void;
  onCopy: (to: readonly Day[]) => void;
}

function DayEditor({ day, stretches, error, onChange, onCopy }: DayProps) {
  const { t } = useTranslation();
  const name = t(`hours.day.${day}`);
  const set = (index: number, patch: Partial<Stretch>) =>
    onChange(stretches.map((each, i) => (i === index ? { ...each, ...patch } : each)));
  return (
    <fieldset className={style.day} aria-describedby={error ? `${day}-error` : undefined}>
      <legend className="visually-hidden">{name}</legend>
      <strong aria-hidden="true">{name}</strong>
      <div className={style.stretches}>
        {stretches.length === 0 && <span className={style.closed}>{t('hours.closed')}</span>}
        {stretches.map((stretch, index) => (
          <span key={stretch.key} className={style.stretch}>
            <Clock label={t('hours.from')} value={stretch.from} wrong={Boolean(error)} onChange={(from) => set(index, { from })} />
            <span aria-hidden="true">–</span>
            <Clock label={t('hours.to')} value={stretch.to} wrong={Boolean(error)} onChange={(to) => set(index, { to })} />
            <IconButton
              small
              icon="close"
              label={t('hours.remove', { day: name, hours: `${stretch.from}–${stretch.to}` })}
              onClick={() => onChange(stretches.filter((each) => each !== stretch))}
            />
          </span>
        ))}
        <Button
          small
          icon="plus"
          aria-label={`${t('hours.add')}: ${name}`}
          onClick={() => onChange([...stretches, nextStretch(stretches)])}
        >
          {t('hours.add')}
        </Button>
        {stretches.length > 0 && (
          <select
            className={style.copy}
            aria-label={t('hours.copyOf', { day: name })}
            value=""
            onChange={(event) =>
              onCopy(event.target.value === 'week' ? days.slice(0, 5) : event.target.value === 'all' ? days : [event.target.value as Day])
            }
          >
            <option value="">{t('hours.copy')}</option>
            <option value="week">{t('hours.toWeek')}</option>
            <option value="all">{t('hours.toAll')}</option>
            {days
              .filter((each) => each !== day)
              .map((each) => (
                <option key={each} value={each}>
                  {t(`hours.day.${each}`)}
                </option>
              ))}
          </select>
        )}
      </div>
      {error && (
        <p id={`${day}-error`} className={style.error} role="alert">
          <Icon name="warn" size={14} /> {error}
        </p>
      )}
    </fieldset>
  );
}

function Clock({ label, value, wrong, onChange }: { label: string; value: string; wrong: boolean; onChange: (value: string) => void }) {
  return (
    <input
      className={style.clock}
      aria-label={label}
      aria-invalid={wrong}
      inputMode="numeric"
      maxLength={5}
      placeholder="00:00"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onBlur={() => onChange(clockOf(value))}
    />
  );
}
