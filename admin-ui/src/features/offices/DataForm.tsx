import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { OfficeDetail } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { useLanguage } from '@/i18n/words';
import { AreaField, FallbackField } from './Fields';
import { overviewQuery, useOffice } from './offices';
import style from './OfficePage.module.css';

interface Props {
  office: OfficeDetail;
  readOnly: boolean;
}

/** Name, area, fallback and policy of an office. */
export function DataForm(props: Props) {
  return props.readOnly ? <Facts office={props.office} /> : <Form office={props.office} />;
}

function Form({ office }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const overview = useQuery(overviewQuery).data;
  const { change } = useOffice(office.entry.id);
  const [name, setName] = useState(office.entry.name);
  const [area, setArea] = useState(office.entry.area_id ?? '');
  const [fallback, setFallback] = useState(office.entry.fallback?.id ?? '');
  const [days, setDays] = useState(office.reopen_days?.toString() ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      {
        version: office.version,
        name,
        ...(area && { area_id: area }),
        ...(fallback && { fallback_id: fallback }),
        ...(days.trim() && { reopen_days: Number(days) }),
      },
      { onSuccess: () => toast(t('offices.saved')) },
    );
  };
  const { error } = change;
  return (
    <form className={style.form} onSubmit={submit} noValidate aria-label={t('offices.data')}>
      {error && <p role="alert">{hasCode(error, 'stale') ? t('offices.stale') : text(error)}</p>}
      <TextField
        label={t('offices.name')}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fieldText(error, 'name')}
      />
      <AreaField areas={overview?.areas ?? []} value={area} onChange={setArea} error={fieldText(error, 'area_id')} />
      <FallbackField
        offices={overview?.items ?? []}
        self={office.entry}
        value={fallback}
        onChange={setFallback}
        error={fieldText(error, 'fallback_id')}
      />
      <TextField
        label={t('offices.reopenDays')}
        hint={t('offices.reopenHint', { count: office.town_reopen_days })}
        type="number"
        min={0}
        max={3650}
        placeholder={String(office.town_reopen_days)}
        value={days}
        onChange={(event) => setDays(event.target.value)}
        error={fieldText(error, 'reopen_days')}
      />
      <Button type="submit" disabled={change.isPending}>
        {t('save')}
      </Button>
    </form>
  );
}

function Facts({ office }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const area = useQuery(overviewQuery).data?.areas.find((each) => each.id === office.entry.area_id);
  return (
    <dl className={style.facts}>
      <dt>{t('offices.area')}</dt>
      <dd>{area ? (language === 'en' && area.name_en) || area.name : t('offices.noArea')}</dd>
      <dt>{t('offices.fallback')}</dt>
      <dd>{office.entry.fallback?.name ?? t('offices.noFallback')}</dd>
      <dt>{t('offices.reopenDays')}</dt>
      <dd>{t('offices.days', { count: office.reopen_days ?? office.town_reopen_days })}</dd>
    </dl>
  );
}
