import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Calendar, OfficeCalendar, Opening, TownCalendar } from '@/api/schema.gen';
import { hasCode } from '@/api/problem';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { CheckField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { calendarQuery, usePutCalendar } from './calendar';
import { ClosuresEditor } from './ClosuresEditor';
import { closuresOf, days, hoursOf, typedClosures, weekOf, wholeOf } from './hours';
import { Preview } from './Preview';
import { WeekEditor } from './WeekEditor';
import style from './Hours.module.css';

/** When an office works: as the town, or by hours of its own; its closing days come on top. */
export function OfficeHours({ office, readOnly }: { office: string; readOnly: boolean }) {
  const { t } = useTranslation();
  const calendar = useQuery(calendarQuery);
  if (calendar.isError) return <Broken error={calendar.error} onRetry={() => void calendar.refetch()} />;
  if (!calendar.data) return <Skeleton rows={3} label={t('loading')} />;
  const own = calendar.data.offices.find((each) => each.id === office);
  if (!own) return null;
  const { town } = calendar.data;
  if (readOnly) return <Hours hours={own.hours.length > 0 ? own.hours : town.hours} />;
  return <Form own={own} town={town} />;
}

/** A week's hours to read. */
export function Hours({ hours }: { hours: readonly Opening[] }) {
  const { t } = useTranslation();
  return (
    <dl className={style.hours}>
      {days.map((day) => (
        <div key={day}>
          <dt>{t(`hours.day.${day}`)}</dt>
          <dd>
            {hours
              .filter((each) => each.day === day)
              .map((each) => `${each.from}–${each.to}`)
              .join(', ') || t('hours.closed')}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Form({ own, town }: { own: OfficeCalendar; town: TownCalendar }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const put = usePutCalendar().own;
  const [seen, setSeen] = useState(own.version);
  const latest = useQuery({ ...calendarQuery, enabled: false });
  const versionIn = (calendar?: Calendar) => calendar?.offices.find((each) => each.id === own.id)?.version ?? seen;
  const [asTown, setAsTown] = useState(own.hours.length === 0);
  const [week, setWeek] = useState(() => weekOf(own.hours.length > 0 ? own.hours : town.hours));
  const [closures, setClosures] = useState<ReturnType<typeof typedClosures>>(() => typedClosures(own.closures));
  const change = { hours: asTown ? [] : hoursOf(week), closures: closuresOf(closures) };
  const whole = wholeOf(week, closures);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(
      { id: own.id, version: seen, ...change },
      {
        onSuccess: (fresh) => {
          setSeen(versionIn(fresh));
          toast(t('hours.saved'));
        },
        onError: (error) => {
          if (hasCode(error, 'stale')) void latest.refetch().then(({ data }) => setSeen(versionIn(data)));
        },
      },
    );
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate aria-label={t('hours.title')}>
      {put.error && (
        <p role="alert">{hasCode(put.error, 'stale') ? t('hours.stale') : (fieldText(put.error, 'hours') ?? text(put.error))}</p>
      )}
      <CheckField label={t('hours.asTown')} checked={asTown} onChange={(event) => setAsTown(event.target.checked)} />
      {asTown ? (
        <Hours hours={town.hours} />
      ) : (
        <WeekEditor week={week} onChange={setWeek} refused={(day) => fieldText(put.error, `hours.${day}`)} />
      )}
      <h3>{t('hours.closures')}</h3>
      <p>{t('hours.ownClosures')}</p>
      <ClosuresEditor
        closures={closures}
        onChange={(list) => setClosures([...list])}
        refused={(index) => fieldText(put.error, `closures.${String(index)}`)}
      />
      {whole && <Preview input={{ own: asTown ? { ...whole, hours: [] } : whole }} />}
      <div className={style.foot}>
        <Button type="submit" disabled={put.isPending}>
          {t('hours.save')}
        </Button>
        <Link to="/offices/calendar">{t('hours.townTitle')}</Link>
      </div>
    </form>
  );
}
