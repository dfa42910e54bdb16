import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { absencesQuery, useAbsences, useDay } from './distribution';
import style from './Distribution.module.css';

/** When somebody is away: days from and to, nothing else. */
export function Absences({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const day = useDay();
  const query = useQuery(absencesQuery(operator));
  const { drop } = useAbsences(operator);
  if (query.isError) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton rows={2} label={t('loading')} />;
  return (
    <div className={style.absences}>
      <p>{t('absence.lead')}</p>
      {query.data.length === 0 ? (
        <p>{t('absence.none')}</p>
      ) : (
        <ul className={style.list}>
          {query.data.map((each) => {
            const words = t('absence.days', { from: day(each.from), to: day(each.to) });
            return (
              <li key={each.id}>
                <span>{words}</span>
                <Button
                  small
                  aria-label={t('absence.dropOf', { days: words })}
                  disabled={drop.isPending}
                  onClick={() =>
                    drop.mutate(each.id, {
                      onSuccess: () => toast(t('absence.dropped')),
                      onError: (error) => toast(text(error), { tone: 'danger' }),
                    })
                  }
                >
                  {t('absence.drop')}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
      <Add operator={operator} />
    </div>
  );
}

function Add({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const { add } = useAbsences(operator);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [tried, setTried] = useState(false);
  const missing = (value: string) => (tried && value === '' ? t('error.field.required') : undefined);
  const last = to || from;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (from === '') return;
    add.mutate(
      { from, to: last },
      {
        onSuccess: () => {
          setFrom('');
          setTo('');
          setTried(false);
          toast(t('absence.added'));
        },
      },
    );
  };
  const { error } = add;
  const placed = Boolean(fieldText(error, 'from') ?? fieldText(error, 'to'));
  return (
    <form className={style.add} onSubmit={submit} noValidate aria-label={t('absence.new')}>
      <TextField
        type="date"
        label={t('absence.from')}
        value={from}
        error={missing(from) ?? fieldText(error, 'from')}
        onChange={(event) => setFrom(event.target.value)}
      />
      <TextField
        type="date"
        label={t('absence.to')}
        min={from}
        value={last}
        error={fieldText(error, 'to')}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button type="submit" icon="plus" disabled={add.isPending}>
        {t('absence.add')}
      </Button>
      {error && !placed && <p role="alert">{text(error)}</p>}
    </form>
  );
}
