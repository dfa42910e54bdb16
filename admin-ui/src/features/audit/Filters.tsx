import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/design/Button';
import { SelectField, TextField } from '@/design/Field';
import { operatorsQuery } from '@/features/ticket/tickets';
import { useCoded } from '@/i18n/words';
import { acts, objectFrom, type AuditSearch } from './search';
import { useWording } from './useWording';
import style from './AuditPage.module.css';

/** Kinds of row as people look for them. */
const sorts: Record<string, Pick<AuditSearch, 'kind' | 'outcome'>> = {
  all: {},
  sign_in: { kind: 'sign_in' },
  failed: { kind: 'sign_in', outcome: 'failed' },
  act: { kind: 'act' },
  read: { kind: 'read' },
};

/** What is looked for; each change shows at once. */
export function Filters({ search, onChange }: { search: AuditSearch; onChange: (search: AuditSearch) => void }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const { actor } = useWording();
  const operators = useQuery(operatorsQuery).data ?? [];
  const [object, setObject] = useState<string>();
  const set = (part: Partial<Record<keyof AuditSearch, string | undefined>>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...part }).filter(([, value]) => value));
    onChange(next as AuditSearch);
  };
  const sort = search.kind === 'sign_in' && search.outcome === 'failed' ? 'failed' : (search.kind ?? 'all');
  const chosen = search.actor && !operators.some((each) => `operator:${each.id}` === search.actor) ? search.actor : undefined;
  const shown = search.object?.replace(/^tickets\//, '') ?? '';
  return (
    <form
      className={style.filters}
      role="search"
      aria-label={t('audit.filters')}
      onSubmit={(event) => {
        event.preventDefault();
        if (object !== undefined) set({ object: objectFrom(object) });
        setObject(undefined);
      }}
    >
      <SelectField
        label={t('audit.sort.label')}
        value={sort}
        onChange={(event) => set({ kind: undefined, outcome: undefined, ...sorts[event.target.value] })}
      >
        {Object.keys(sorts).map((each) => (
          <option key={each} value={each}>
            {coded('audit.sort', each)}
          </option>
        ))}
      </SelectField>
      <SelectField label={t('audit.column.act')} value={search.act ?? ''} onChange={(event) => set({ act: event.target.value })}>
        <option value="">{t('audit.anyAct')}</option>
        {acts.map((each) => (
          <option key={each} value={each}>
            {coded('audit.act', each)}
          </option>
        ))}
      </SelectField>
      <SelectField label={t('audit.column.actor')} value={search.actor ?? ''} onChange={(event) => set({ actor: event.target.value })}>
        <option value="">{t('audit.anybody')}</option>
        {chosen && <option value={chosen}>{actor(chosen)}</option>}
        {operators.map((each) => (
          <option key={each.id} value={`operator:${each.id}`}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('audit.object')}
        placeholder={t('audit.objectHint')}
        maxLength={200}
        value={object ?? shown}
        onChange={(event) => setObject(event.target.value)}
        onBlur={(event) => {
          if (object !== undefined) set({ object: objectFrom(event.target.value) });
          setObject(undefined);
        }}
      />
      <TextField
        label={t('audit.since')}
        type="date"
        value={search.from ?? ''}
        max={search.until}
        onChange={(event) => set({ from: event.target.value })}
      />
      <TextField
        label={t('audit.until')}
        type="date"
        value={search.until ?? ''}
        min={search.from}
        onChange={(event) => set({ until: event.target.value })}
      />
      {Object.keys(search).length > 0 && (
        <Button look="quiet" onClick={() => onChange({})}>
          {t('audit.clear')}
        </Button>
      )}
    </form>
  );
}
