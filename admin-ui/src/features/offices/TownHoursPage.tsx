import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { TownCalendar } from '@/api/schema.gen';
import { hasCode } from '@/api/problem';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { CheckField, SelectField, TextField } from '@/design/Field';
import { Page, PageHead, Sections } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { useLanguage } from '@/i18n/words';
import { calendarQuery, usePutCalendar } from './calendar';
import { ClosuresEditor } from './ClosuresEditor';
import { closuresOf, hoursOf, typedClosures, weekOf, wholeOf } from './hours';
import { Hours } from './OfficeHours';
import { Preview } from './Preview';
import { WeekEditor } from './WeekEditor';
import style from './Hours.module.css';

/** When the town works: the hours of every office that has none of its own, holidays, the patron saint, closing days. */
export function TownHoursPage() {
  const { t } = useTranslation();
  const calendar = useQuery(calendarQuery);
  const mayChange = useMay('office.manage');
  useTitle(t('hours.townTitle'));
  return (
    <Page>
      <PageHead back={{ to: '/offices', name: t('offices.title') }} title={t('hours.townTitle')} lead={t('hours.townLead')} />
      {calendar.isError && <Broken error={calendar.error} onRetry={() => void calendar.refetch()} />}
      {calendar.isPending && <Skeleton rows={8} label={t('loading')} />}
      <Sections>{calendar.data && (mayChange ? <Form town={calendar.data.town} /> : <Read town={calendar.data.town} />)}</Sections>
    </Page>
  );
}

function Read({ town }: { town: TownCalendar }) {
  return (
    <div className={style.form}>
      <Hours hours={town.hours} />
      <Preview input={{}} holidays />
    </div>
  );
}

function Form({ town }: { town: TownCalendar }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const put = usePutCalendar().town;
  const [seen, setSeen] = useState(town.version);
  const latest = useQuery({ ...calendarQuery, enabled: false });
  const [week, setWeek] = useState(() => weekOf(town.hours));
  const [holidays, setHolidays] = useState(town.holidays);
  const [patron, setPatron] = useState(town.patron);
  const [closures, setClosures] = useState<ReturnType<typeof typedClosures>>(() => typedClosures(town.closures));
  const change = { hours: hoursOf(week), holidays, patron, closures: closuresOf(closures) };
  const whole = wholeOf(week, closures);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(
      { ...change, ...(seen && { version: seen }) },
      {
        onSuccess: (fresh) => {
          setSeen(fresh.town.version);
          toast(t('hours.saved'));
        },
        onError: (error) => {
          if (hasCode(error, 'stale')) void latest.refetch().then(({ data }) => setSeen(data?.town.version));
        },
      },
    );
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate aria-label={t('hours.townTitle')}>
      {put.error && (
        <p role="alert">{hasCode(put.error, 'stale') ? t('hours.stale') : (fieldText(put.error, 'hours') ?? text(put.error))}</p>
      )}
      <WeekEditor week={week} onChange={setWeek} refused={(day) => fieldText(put.error, `hours.${day}`)} />
      <h2>{t('hours.holidays')}</h2>
      <CheckField
        label={t('hours.keeps')}
        hint={t('hours.keepsHint')}
        checked={holidays}
        onChange={(event) => setHolidays(event.target.checked)}
      />
      <Patron value={patron} onChange={setPatron} error={fieldText(put.error, 'patron')} />
      <h2>{t('hours.closures')}</h2>
      <p>{t('hours.townClosures')}</p>
      <ClosuresEditor
        closures={closures}
        onChange={(list) => setClosures([...list])}
        refused={(index) => fieldText(put.error, `closures.${String(index)}`)}
      />
      {whole && <Preview input={{ town: { ...whole, holidays, patron } }} holidays />}
      <Button type="submit" disabled={put.isPending}>
        {t('hours.save')}
      </Button>
    </form>
  );
}

function Patron({ value, onChange, error }: { value: string; onChange: (value: string) => void; error: string | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [month = '', day = ''] = value.split('-');
  const month_ = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' });
  const months = Array.from({ length: 12 }, (_, index) => ({
    value: String(index + 1).padStart(2, '0'),
    name: month_.format(Date.UTC(2024, index, 1)),
  }));
  const set = (m: string, d: string) => onChange(m ? `${m}-${(d || '1').padStart(2, '0')}` : '');
  return (
    <div className={style.patron}>
      <SelectField label={t('hours.patron')} value={month} error={error} onChange={(event) => set(event.target.value, day)}>
        <option value="">{t('hours.noPatron')}</option>
        {months.map((each) => (
          <option key={each.value} value={each.value}>
            {each.name}
          </option>
        ))}
      </SelectField>
      {month && (
        <TextField
          label={t('hours.patronDay')}
          type="number"
          min={1}
          max={31}
          value={String(Number(day))}
          onChange={(event) => set(month, event.target.value)}
        />
      )}
    </div>
  );
}
