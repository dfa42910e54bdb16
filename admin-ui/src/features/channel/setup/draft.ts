import { at, everyField, isObject, put, type FieldSpec, type FormSpec, type Json, type Settings } from './schema';

/** What an administrator has filled in so far. */
export interface Draft {
  name: string;
  office: string;
  settings: Settings;
  /** Secrets typed now, by pointer. */
  secrets: Record<string, string>;
  /** Pointers of stored secrets that stay as they are. */
  stored: string[];
  forget: string[];
}

export const blank: Draft = { name: '', office: '', settings: {}, secrets: {}, stored: [], forget: [] };

/** The value a field shows: what was filled in, else the standard one. */
export function shown(field: FieldSpec, draft: Draft): Json | undefined {
  return at(draft.settings, field.pointer) ?? field.standard;
}

/** Whether a field is to be seen: its section is in use, and what it depends on has the right value. */
export function visible(field: FieldSpec, draft: Draft, form: FormSpec): boolean {
  const conditions = Object.entries(field.when);
  if (conditions.length === 0) return true;
  const fields = everyField(form);
  return conditions.some(([pointer, value]) => {
    const other = fields.find((each) => each.pointer === pointer);
    const section = pointer.slice(0, pointer.lastIndexOf('/'));
    if (section && !isObject(at(draft.settings, section))) return false;
    return other !== undefined && String(shown(other, draft) ?? '') === value;
  });
}

/** A new draft: every section that is not a condition's is in use from the start. */
export function start(form: FormSpec): Draft {
  const sections = form.groups
    .flatMap((group) => group.fields)
    .filter((field) => field.kind === 'section' && Object.keys(field.when).length === 0);
  return { ...blank, settings: sections.reduce((settings, section) => put(settings, section.pointer, {}), {} as Settings) };
}

/** Fills in what a provider's customers have in common; what was typed elsewhere stays. */
export function apply(draft: Draft, values: Record<string, Json>): Draft {
  return {
    ...draft,
    settings: Object.entries(values).reduce((settings, [pointer, value]) => put(settings, pointer, value), draft.settings),
  };
}

/** What goes to the hub: without sections and secrets that are not to be seen, and without empty texts. */
export function toSend(draft: Draft, form: FormSpec): { settings: Settings; secrets: Record<string, string>; forget: string[] } {
  let settings = draft.settings;
  const secrets: Record<string, string> = {};
  const visit = (fields: FieldSpec[], hidden: boolean) => {
    for (const field of fields) {
      const gone = hidden || !visible(field, draft, form);
      if (field.kind === 'section') {
        if (gone) settings = put(settings, field.pointer, undefined);
        visit(field.fields, gone || !isObject(at(draft.settings, field.pointer)));
      } else if (field.kind === 'secret') {
        const typed = draft.secrets[field.pointer];
        if (!gone && typed) secrets[field.pointer] = typed;
      } else if (gone || empty(at(settings, field.pointer))) {
        if (at(settings, field.pointer) !== undefined) settings = put(settings, field.pointer, undefined);
      }
    }
  };
  visit(
    form.groups.flatMap((group) => group.fields),
    false,
  );
  const unused = everyField(form).filter((field) => field.kind === 'secret' && !reachable(field.pointer, settings, draft, form));
  return {
    settings,
    secrets,
    forget: [...new Set([...draft.forget, ...unused.map((each) => each.pointer).filter((each) => draft.stored.includes(each))])],
  };
}

function reachable(pointer: string, settings: Settings, draft: Draft, form: FormSpec): boolean {
  const section = pointer.slice(0, pointer.lastIndexOf('/'));
  if (section && !isObject(at(settings, section))) return false;
  const field = everyField(form).find((each) => each.pointer === pointer);
  return field !== undefined && visible(field, draft, form);
}

const empty = (value: Json | undefined) => value === '' || (Array.isArray(value) && value.length === 0);

/** What the browser can see is missing or wrong, as codes by pointer; the hub looks at the rest. */
export function mistakes(draft: Draft, form: FormSpec): Record<string, string> {
  const found: Record<string, string> = {};
  if (!draft.name.trim()) found['name'] = 'config.required';
  const visit = (fields: FieldSpec[]) => {
    for (const field of fields) {
      if (!visible(field, draft, form)) continue;
      if (field.kind === 'section') {
        if (isObject(at(draft.settings, field.pointer))) visit(field.fields);
        continue;
      }
      const code = mistake(field, draft);
      if (code) found[field.pointer] = code;
    }
  };
  visit(form.groups.flatMap((group) => group.fields));
  return found;
}

const mail = /^[^\s@]+@[^\s@]+$/;

function mistake(field: FieldSpec, draft: Draft): string | undefined {
  if (field.kind === 'secret') {
    const there = draft.secrets[field.pointer] || (draft.stored.includes(field.pointer) && !draft.forget.includes(field.pointer));
    return field.required && !there ? 'config.required' : undefined;
  }
  const value = shown(field, draft);
  if (value === undefined || value === '') return field.required ? 'config.required' : undefined;
  const { minimum, maximum, minLength, maxItems } = field.limits;
  if (typeof value === 'number' && ((minimum !== undefined && value < minimum) || (maximum !== undefined && value > maximum)))
    return 'config.range';
  if (typeof value === 'string' && field.kind === 'number') return 'config.type';
  if (typeof value === 'string' && minLength !== undefined && value.length < minLength) return 'config.short';
  if (field.format === 'email' && !mail.test(String(value))) return 'config.format';
  if (Array.isArray(value) && maxItems !== undefined && value.length > maxItems) return 'config.long';
  return undefined;
}
