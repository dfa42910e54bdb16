import { useTranslation } from 'react-i18next';
import type { Area, OfficeEntry } from '@/api/schema.gen';
import { SelectField } from '@/design/Field';
import { useLanguage } from '@/i18n/words';

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

/** Chooses a macro-area; an archived one stands there only while it is the office's. */
export function AreaField({ areas, value, onChange, error }: Props & { areas: readonly Area[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <SelectField label={t('offices.area')} value={value} onChange={(event) => onChange(event.target.value)} error={error}>
      <option value="">{t('offices.noArea')}</option>
      {areas
        .filter((area) => !area.archived || area.id === value)
        .map((area) => (
          <option key={area.id} value={area.id}>
            {(language === 'en' && area.name_en) || area.name}
          </option>
        ))}
    </SelectField>
  );
}

/** Chooses the office that stands in for another. */
export function FallbackField({ offices, self, value, onChange, error }: Props & { offices: readonly OfficeEntry[]; self?: OfficeEntry }) {
  const { t } = useTranslation();
  const chosen = offices.find((each) => each.id === value);
  const leaks = self?.confidential && chosen && !chosen.confidential;
  return (
    <SelectField
      label={t('offices.fallback')}
      hint={leaks ? t('offices.fallbackOpen', { name: chosen.name }) : t('offices.fallbackHint')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={error}
    >
      <option value="">{t('offices.noFallback')}</option>
      {offices
        .filter((office) => office.active && office.id !== self?.id)
        .map((office) => (
          <option key={office.id} value={office.id}>
            {office.name}
          </option>
        ))}
    </SelectField>
  );
}
