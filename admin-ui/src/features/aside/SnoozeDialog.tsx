import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Snooze } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { Icon } from '@/design/Icon';
import { useMoments } from '@/i18n/words';
import { laterToday, morningOf, tomorrow } from './times';
import style from './Aside.module.css';

interface Props {
  /** How many tickets it is about. */
  count: number;
  /** When the office opens next on another day, where that is known. */
  working?: string | undefined;
  /** The nearest deadline among them. */
  due?: string | undefined;
  busy: boolean;
  onSnooze: (snooze: Snooze) => void;
  onClose: () => void;
}

type When = 'later' | 'tomorrow' | 'working' | 'choose';

/** Asks until when something is put aside. */
export function SnoozeDialog({ count, working, due, busy, onSnooze, onClose }: Props) {
  const { t } = useTranslation();
  const form = useId();
  const first = useRef<HTMLInputElement>(null);
  // The dialog has opened by then: Enter is enough for what is meant most often.
  useEffect(() => first.current?.focus(), []);
  const now = useMinute();
  const moments = useMoments();
  const later = laterToday(now);
  const [when, setWhen] = useState<When>('tomorrow');
  const [day, setDay] = useState('');
  const [tried, setTried] = useState(false);
  const times: Record<When, number | undefined> = {
    later,
    tomorrow: tomorrow(now),
    working: working ? Date.parse(working) : undefined,
    choose: morningOf(day, now),
  };
  const at = times[when];
  const offered: When[] = [
    ...(later ? (['later'] as const) : []),
    'tomorrow',
    ...(working || count > 1 ? (['working'] as const) : []),
    'choose',
  ];
  const said = (time: number) => `${moments.weekday(time)}, ${moments.clock(time)}`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (when === 'working') onSnooze({ next_working_day: true });
    else if (at) onSnooze({ until: new Date(at).toISOString() });
  };
  return (
    <Dialog
      title={t('aside.title', { count })}
      onClose={onClose}
      actions={
        <Button look="primary" type="submit" form={form} disabled={busy}>
          {t('aside.submit')}
        </Button>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        <p>
          {t('aside.lead')} {t('aside.clocks')}
        </p>
        <fieldset>
          <legend className="visually-hidden">{t('aside.title', { count })}</legend>
          {offered.map((each) => (
            <label key={each} className={style.choice}>
              <input
                ref={each === 'tomorrow' ? first : undefined}
                type="radio"
                name={form}
                value={each}
                checked={when === each}
                onChange={() => setWhen(each)}
              />
              <span>{t(`aside.${each}`)}</span>
              {each !== 'choose' && times[each] !== undefined && <time>{said(times[each])}</time>}
            </label>
          ))}
        </fieldset>
        {when === 'choose' && (
          <TextField
            type="date"
            label={t('aside.choose')}
            value={day}
            error={tried && !at ? t('aside.missing') : undefined}
            onChange={(event) => setDay(event.target.value)}
          />
        )}
        {due && at !== undefined && Date.parse(due) < at && (
          <p role="status" className={style.warning}>
            <Icon name="warn" size={14} /> {t('aside.deadline', { date: said(Date.parse(due)) })}
          </p>
        )}
      </form>
    </Dialog>
  );
}
