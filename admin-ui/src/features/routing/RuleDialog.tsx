import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProblemField, RoutingRule } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { CheckField, SelectField, TextArea, TextField } from '@/design/Field';
import { channelsQuery } from '@/features/channel/channels';
import { requestTypesQuery, useTypeName } from '@/features/standing/standing';
import { TagPicker } from '@/features/tags/TagPicker';
import { officesQuery } from '@/features/ticket/tickets';
import { useCoded, useLanguage } from '@/i18n/words';
import { mistakes } from './rules';
import style from './RoutingPage.module.css';
import { areasQuery } from './routing';
import { areaName, priorities } from './useRuleWords';

interface Props {
  /** The rule that is changed; a new one when absent. */
  rule: RoutingRule | undefined;
  /** Web forms to choose from. */
  forms: readonly string[];
  /** What the hub found wrong with it. */
  faults: ProblemField[];
  onClose: () => void;
  onDone: (rule: RoutingRule) => void;
}

const fresh: RoutingRule = { name: '', enabled: true, when_closed: false };

/** Writes a rule: what a message must be like, and where its request goes. */
export function RuleDialog({ rule, forms, faults, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const coded = useCoded();
  const id = useId();
  const [draft, setDraft] = useState<RoutingRule>(rule ?? fresh);
  const [wrong, setWrong] = useState(faults);
  const set = (change: Partial<Record<keyof RoutingRule, unknown>>) => {
    setWrong([]);
    setDraft((before) => cleaned({ ...before, ...change } as RoutingRule));
  };
  const fault = (field: string) => {
    const found = wrong.find((each) => each.field === field);
    return found && coded('error.field', found.code);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = mistakes(draft);
    setWrong(found);
    if (found.length === 0) onDone({ ...draft, name: draft.name.trim() });
  };
  return (
    <Dialog
      title={rule ? t('routing.editOf', { name: rule.name }) : t('routing.new')}
      width="wide"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" form={id}>
            {t('routing.done')}
          </Button>
        </>
      }
    >
      <form id={id} className={style.form} onSubmit={submit} noValidate>
        <TextField
          label={t('routing.name')}
          hint={t('routing.nameHint')}
          maxLength={100}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
          error={fault('name')}
        />
        <Conditions draft={draft} forms={forms} set={set} fault={fault} />
        <Effects draft={draft} set={set} fault={fault} />
      </form>
    </Dialog>
  );
}

/** A rule without the parts that say nothing. */
function cleaned(rule: RoutingRule): RoutingRule {
  return Object.fromEntries(
    Object.entries(rule)
      .filter(([, value]) => value !== '' && value !== undefined && !(Array.isArray(value) && value.length === 0))
      .concat(rule.name ? [] : [['name', '']]),
  ) as RoutingRule;
}

interface PartProps {
  draft: RoutingRule;
  set: (change: Partial<Record<keyof RoutingRule, unknown>>) => void;
  fault: (field: string) => string | undefined;
}

function Conditions({ draft, forms, set, fault }: PartProps & { forms: readonly string[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const channels = useQuery(channelsQuery).data ?? [];
  const areas = useQuery(areasQuery).data ?? [];
  const known = [...new Set([...forms, ...(draft.forms ?? [])])];
  return (
    <fieldset className={style.part}>
      <legend>{t('routing.when')}</legend>
      <p className={style.hint}>{t('routing.whenHint')}</p>
      {fault('when') && (
        <p role="alert" className={style.fault}>
          {fault('when')}
        </p>
      )}
      <div className={style.pair}>
        <Lines
          label={t('routing.words')}
          hint={t('routing.wordsHint')}
          values={draft.words ?? []}
          onChange={(words) => set({ words })}
          error={fault('words')}
        />
        <SelectField label={t('routing.in')} value={draft.in ?? ''} onChange={(event) => set({ in: event.target.value })}>
          <option value="">{t('routing.inBoth')}</option>
          <option value="subject">{t('routing.inSubject')}</option>
          <option value="text">{t('routing.inText')}</option>
        </SelectField>
      </div>
      <Choices
        legend={t('routing.channels')}
        items={channels.map((each) => ({ value: each.id, label: each.name }))}
        chosen={draft.channels ?? []}
        onChange={(list) => set({ channels: list })}
        error={fault('channels')}
      />
      {areas.length > 0 && (
        <Choices
          legend={t('routing.areas')}
          items={areas
            .filter((each) => !each.archived || draft.areas?.includes(each.id))
            .map((each) => ({ value: each.id, label: areaName(each, language) ?? each.name }))}
          chosen={draft.areas ?? []}
          onChange={(list) => set({ areas: list })}
          error={fault('areas')}
        />
      )}
      {known.length > 0 && (
        <Choices
          legend={t('routing.forms')}
          items={known.map((each) => ({ value: each, label: each }))}
          chosen={draft.forms ?? []}
          onChange={(list) => set({ forms: list })}
          error={fault('forms')}
        />
      )}
      <div className={style.pair}>
        <Lines
          label={t('routing.languages')}
          hint={t('routing.languagesHint')}
          values={draft.languages ?? []}
          onChange={(languages) => set({ languages })}
          error={fault('languages')}
        />
        <div className={style.form}>
          <SelectField label={t('routing.sender')} value={draft.sender ?? ''} onChange={(event) => set({ sender: event.target.value })}>
            <option value="">{t('routing.anybody')}</option>
            <option value="authenticated">{t('routing.authenticated')}</option>
            <option value="unauthenticated">{t('routing.unauthenticated')}</option>
          </SelectField>
          <SelectField label={t('routing.hours')} value={draft.hours ?? ''} onChange={(event) => set({ hours: event.target.value })}>
            <option value="">{t('routing.always')}</option>
            <option value="open">{t('routing.open')}</option>
            <option value="closed">{t('routing.closed')}</option>
          </SelectField>
        </div>
      </div>
    </fieldset>
  );
}

function Effects({ draft, set, fault }: PartProps) {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery).data ?? [];
  const types = useQuery(requestTypesQuery).data ?? [];
  const typeName = useTypeName();
  const options = offices.map((each) => (
    <option key={each.id} value={each.id}>
      {each.name}
    </option>
  ));
  return (
    <fieldset className={style.part}>
      <legend>{t('routing.effect')}</legend>
      <div className={style.pair}>
        <SelectField
          label={t('routing.office')}
          value={draft.office_id ?? ''}
          onChange={(event) =>
            set(event.target.value ? { office_id: event.target.value } : { office_id: '', fallback_id: '', when_closed: false })
          }
          error={fault('office_id') ?? fault('then')}
        >
          <option value="">{t('routing.channelOffice')}</option>
          {options}
        </SelectField>
        <SelectField
          label={t('routing.priority')}
          value={draft.priority ?? ''}
          onChange={(event) => set({ priority: Number(event.target.value) || undefined })}
        >
          <option value="">{t('routing.ordinary')}</option>
          {priorities.map((each) => (
            <option key={each} value={each}>
              {t(`routing.priorities.p${each}`)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('routing.type')}
          value={draft.type ?? ''}
          onChange={(event) => set({ type: event.target.value || undefined })}
          error={fault('type')}
        >
          <option value="">{t('routing.noType')}</option>
          {types
            .filter((each) => !each.retired || each.code === draft.type)
            .map(({ code }) => (
              <option key={code} value={code}>
                {typeName(code)}
              </option>
            ))}
        </SelectField>
      </div>
      {draft.office_id && (
        <div className={style.pair}>
          <SelectField
            label={t('routing.fallback')}
            hint={t('routing.fallbackHint')}
            value={draft.fallback_id ?? ''}
            onChange={(event) => set({ fallback_id: event.target.value, ...(!event.target.value && { when_closed: false }) })}
            error={fault('fallback_id')}
          >
            <option value="">{t('routing.nobody')}</option>
            {options}
          </SelectField>
          <CheckField
            label={t('routing.whenClosed')}
            checked={draft.when_closed}
            disabled={!draft.fallback_id}
            onChange={(event) => set({ when_closed: event.target.checked })}
          />
        </div>
      )}
      <TagPicker
        label={t('routing.tags')}
        has={t('routing.tagsHas')}
        ids={draft.tags ?? []}
        listed={6}
        error={fault('tags')}
        onAdd={(tag) => set({ tags: [...(draft.tags ?? []), tag.id] })}
        onRemove={(tag) => set({ tags: (draft.tags ?? []).filter((each) => each !== tag.id) })}
      />
    </fieldset>
  );
}

interface LinesProps {
  label: string;
  hint: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  error: string | undefined;
}

/** A list of values, one a line. What is typed stays as it is until it is taken apart. */
function Lines({ values, onChange, ...rest }: LinesProps) {
  const [text, setText] = useState(values.join('\n'));
  return (
    <TextArea
      {...rest}
      rows={4}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(
          event.target.value
            .split(/[\n,;]+/)
            .map((each) => each.trim())
            .filter(Boolean),
        );
      }}
    />
  );
}

interface ChoicesProps {
  legend: string;
  items: { value: string; label: string }[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  error: string | undefined;
}

function Choices({ legend, items, chosen, onChange, error }: ChoicesProps) {
  return (
    <fieldset className={style.choices}>
      <legend>{legend}</legend>
      {items.map((each) => (
        <CheckField
          key={each.value}
          label={each.label}
          checked={chosen.includes(each.value)}
          onChange={(event) => onChange(event.target.checked ? [...chosen, each.value] : chosen.filter((other) => other !== each.value))}
        />
      ))}
      {error && <p className={style.fault}>{error}</p>}
    </fieldset>
  );
}
