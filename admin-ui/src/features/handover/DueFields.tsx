import { useTranslation } from 'react-i18next';
import { SelectField, TextField } from '@/design/Field';

const days = [1, 2, 5] as const;

interface Props {
  /** A number of days, or `day` for the one beside it. */
  due: string;
  day: string;
  hint: string;
  error: string | undefined;
  onDue: (due: string) => void;
  onDay: (day: string) => void;
}

/** By when an answer is wanted. */
export function DueFields({ due, day, hint, error, onDue, onDay }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <SelectField label={t('ask.due')} hint={hint} value={due} onChange={(event) => onDue(event.target.value)}>
        {days.map((each) => (
          <option key={each} value={each}>
            {t('ask.days', { count: each })}
          </option>
        ))}
        <option value="day">{t('ask.onDay')}</option>
      </SelectField>
      {due === 'day' && (
        <TextField type="date" label={t('ask.day')} value={day} error={error} onChange={(event) => onDay(event.target.value)} />
      )}
    </>
  );
}
