import { useTranslation } from 'react-i18next';
import { Button } from '@/design/Button';
import { CheckField, SelectField, TextArea, TextField } from '@/design/Field';
import { shown, visible, type Draft } from './draft';
import { at, isObject, put, type FieldSpec, type FormSpec, type Json } from './schema';
import style from './Setup.module.css';

interface Props {
  form: FormSpec;
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** What is wrong, in words, by pointer. */
  errors: Record<string, string>;
  /** Values that a trial found for a field. */
  offers: Record<string, string[]>;
}

/** The id of the input of a field, so that a failed step can lead to it. */
export const inputId = (pointer: string) => `field${pointer.replaceAll('/', '-')}`;

/** The form that an adapter's schema describes. */
export function SchemaForm(props: Props) {
  const { form, draft } = props;
  return form.groups.map((group) => {
    const fields = group.fields.filter((field) => visible(field, draft, form));
    if (fields.length === 0) return null;
    return (
      <section key={group.name} className={style.group}>
        {group.title && <h2>{group.title}</h2>}
        {group.description && <p className={style.lead}>{group.description}</p>}
        <Fields {...props} fields={fields} />
      </section>
    );
  });
}

function Fields({ fields, ...props }: Props & { fields: FieldSpec[] }) {
  const { t } = useTranslation();
  const seen = fields.filter((field) => visible(field, props.draft, props.form));
  const plain = seen.filter((field) => !field.advanced);
  const advanced = seen.filter((field) => field.advanced);
  const wrong = advanced.some((field) => props.errors[field.pointer] || props.offers[field.pointer]);
  return (
    <div className={style.fields}>
      {plain.map((field) => (
        <Field key={field.pointer} field={field} {...props} />
      ))}
      {advanced.length > 0 && (
        <details className={style.more} open={wrong || undefined}>
          <summary>{t('setup.more')}</summary>
          <div className={style.fields}>
            {advanced.map((field) => (
              <Field key={field.pointer} field={field} {...props} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function Field({ field, ...props }: Props & { field: FieldSpec }) {
  const { t } = useTranslation();
  const { draft, onChange, errors } = props;
  const set = (value: Json | undefined) => onChange({ ...draft, settings: put(draft.settings, field.pointer, value) });
  const value = shown(field, draft);
  const frame = {
    id: inputId(field.pointer),
    label: field.required ? field.title : `${field.title}`,
    hint: field.description || undefined,
    error: errors[field.pointer],
    required: field.required,
  };
  switch (field.kind) {
    case 'section':
      return <Section field={field} {...props} />;
    case 'secret':
      return <Secret field={field} {...props} />;
    case 'check':
      return <CheckField {...frame} required={false} checked={value === true} onChange={(event) => set(event.target.checked)} />;
    case 'choice':
      return (
        <SelectField {...frame} value={String(value ?? '')} onChange={(event) => set(event.target.value || undefined)}>
          {value === undefined && <option value="">{t('setup.choose')}</option>}
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </SelectField>
      );
    case 'list':
      return <List field={field} {...props} />;
    case 'area':
      return (
        <TextArea
          {...frame}
          rows={field.lines}
          className={style.code}
          spellCheck={false}
          maxLength={field.limits.maxLength}
          value={String(value ?? '')}
          onChange={(event) => set(event.target.value)}
        />
      );
    case 'number':
      return (
        <TextField
          {...frame}
          className={style.number ?? ''}
          inputMode="numeric"
          value={String(value ?? '')}
          onChange={(event) => set(asNumber(event.target.value))}
          trailing={<Offers {...props} field={field} onPick={(choice) => set(asNumber(choice))} />}
        />
      );
    default:
      return (
        <>
          <TextField
            {...frame}
            type={field.format === 'email' ? 'email' : 'text'}
            autoComplete="off"
            spellCheck={false}
            maxLength={field.limits.maxLength}
            value={String(value ?? '')}
            onChange={(event) => set(event.target.value)}
          />
          <Offers {...props} field={field} onPick={set} />
        </>
      );
  }
}

/** A part that can be left out as a whole. */
function Section({ field, ...props }: Props & { field: FieldSpec }) {
  const { draft, onChange } = props;
  const on = isObject(at(draft.settings, field.pointer));
  const optional = !field.required && Object.keys(field.when).length === 0;
  return (
    <fieldset className={style.section}>
      <legend className="visually-hidden">{field.title}</legend>
      {optional ? (
        <CheckField
          id={inputId(field.pointer)}
          label={field.title}
          hint={field.description || undefined}
          error={props.errors[field.pointer]}
          checked={on}
          onChange={(event) => onChange({ ...draft, settings: put(draft.settings, field.pointer, event.target.checked ? {} : undefined) })}
        />
      ) : (
        <p className={style.lead} id={inputId(field.pointer)} tabIndex={-1}>
          {props.errors[field.pointer] ?? field.description}
        </p>
      )}
      {(on || !optional) && <Fields {...props} fields={field.fields} />}
    </fieldset>
  );
}

/** A secret: typed anew or left as it is stored; it is never shown. */
function Secret({ field, draft, onChange, errors }: Props & { field: FieldSpec }) {
  const { t } = useTranslation();
  const typed = draft.secrets[field.pointer] ?? '';
  const stored = draft.stored.includes(field.pointer) && !draft.forget.includes(field.pointer);
  const set = (value: string) => {
    const { [field.pointer]: _gone, ...others } = draft.secrets;
    onChange({ ...draft, secrets: value ? { ...others, [field.pointer]: value } : others });
  };
  return (
    <TextField
      id={inputId(field.pointer)}
      label={field.title}
      hint={stored && !typed ? t('setup.secretStored') : field.description || undefined}
      error={errors[field.pointer]}
      type="password"
      autoComplete="new-password"
      placeholder={stored ? '••••••••' : undefined}
      maxLength={field.limits.maxLength}
      value={typed}
      onChange={(event) => set(event.target.value)}
      trailing={
        stored && !field.required ? (
          <Button small look="quiet" onClick={() => onChange({ ...draft, forget: [...draft.forget, field.pointer] })}>
            {t('setup.secretForget')}
          </Button>
        ) : undefined
      }
    />
  );
}

/** Several texts, one a line. */
function List({ field, ...props }: Props & { field: FieldSpec }) {
  const { t } = useTranslation();
  const { draft, onChange, errors } = props;
  const value = at(draft.settings, field.pointer);
  const lines = Array.isArray(value) ? value.map(String) : [];
  const set = (next: string[]) => onChange({ ...draft, settings: put(draft.settings, field.pointer, next) });
  const offered = (props.offers[field.pointer] ?? []).filter((each) => !lines.includes(each));
  return (
    <>
      <TextArea
        id={inputId(field.pointer)}
        label={field.title}
        hint={`${field.description}${field.description ? '. ' : ''}${t('setup.onePerLine')}`}
        error={errors[field.pointer]}
        rows={Math.max(2, Math.min(6, lines.length + 1))}
        spellCheck={false}
        value={lines.join('\n')}
        onChange={(event) => set(event.target.value.split('\n'))}
        onBlur={() => set([...new Set(lines.map((each) => each.trim()).filter(Boolean))])}
      />
      <Offers {...props} field={field} choices={offered} onPick={(choice) => set([...lines.filter(Boolean), choice])} />
    </>
  );
}

/** What a trial found for a field, to be taken over with a click. */
function Offers({
  field,
  draft,
  offers,
  choices,
  onPick,
}: Props & { field: FieldSpec; choices?: string[]; onPick: (choice: string) => void }) {
  const { t } = useTranslation();
  const offered = choices ?? (offers[field.pointer] ?? []).filter((each) => each !== String(at(draft.settings, field.pointer) ?? ''));
  if (offered.length === 0) return null;
  return (
    <div className={style.offers} role="group" aria-label={t('setup.offers', { field: field.title })}>
      <span>{t('setup.found')}</span>
      {offered.slice(0, 20).map((choice) => (
        <Button key={choice} small icon="plus" onClick={() => onPick(choice)}>
          {choice}
        </Button>
      ))}
    </div>
  );
}

function asNumber(text: string): Json | undefined {
  if (text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
