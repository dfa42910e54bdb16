import type { Language } from '@/api/schema.gen';

/** A JSON value of a setting. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Settings = { [key: string]: Json };

interface Wording {
  title?: string;
  description?: string;
  values?: Record<string, string>;
}

/** The part of JSON Schema 2020-12 that a form understands, with the notes of the plug-in protocol. */
interface Node {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  enum?: Json[];
  default?: Json;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  writeOnly?: boolean;
  $ref?: string;
  'x-it'?: Wording;
  'x-en'?: Wording;
  'x-group'?: string;
  'x-advanced'?: boolean;
  'x-lines'?: number;
  'x-when'?: Record<string, string>;
  'x-groups'?: (Wordings & { name: string })[];
  'x-presets'?: (Wordings & { name: string; values: Record<string, Json> })[];
}

interface Wordings {
  'x-it'?: Wording;
  'x-en'?: Wording;
}

export type Kind = 'text' | 'area' | 'number' | 'check' | 'choice' | 'list' | 'secret' | 'section';

/** One thing to fill in, ready to be shown. */
export interface FieldSpec {
  kind: Kind;
  /** JSON pointer into the settings; also the name of a secret. */
  pointer: string;
  title: string;
  description: string;
  required: boolean;
  advanced: boolean;
  /** Shown only where one of these fields has this value. */
  when: Record<string, string>;
  options: { value: string; label: string }[];
  format: string;
  lines: number;
  standard: Json | undefined;
  limits: { minLength?: number; maxLength?: number; minimum?: number; maximum?: number; maxItems?: number };
  /** The fields of a section. */
  fields: FieldSpec[];
}

interface GroupSpec {
  name: string;
  title: string;
  description: string;
  fields: FieldSpec[];
}

export interface PresetSpec {
  name: string;
  title: string;
  description: string;
  values: Record<string, Json>;
}

export interface FormSpec {
  groups: GroupSpec[];
  presets: PresetSpec[];
}

/** Reads an adapter's schema as a form. What it does not understand is left out and stays as it is in the settings. */
export function readForm(schema: unknown, language: Language): FormSpec {
  const root = schema as Node;
  const worded = (node: Wordings & { title?: string; description?: string }, name: string) => {
    const words = node[`x-${language}`] ?? node['x-en'] ?? {};
    return {
      title: words.title ?? node.title ?? name,
      description: words.description ?? node.description ?? '',
      values: words.values ?? {},
    };
  };
  const resolve = (node: Node): Node =>
    node.$ref?.startsWith('#/') ? ((at(root as unknown as Json, node.$ref.slice(1)) ?? {}) as Node) : node;

  const fieldsOf = (parent: Node, prefix: string): (FieldSpec & { group: string })[] =>
    Object.entries(parent.properties ?? {}).flatMap(([name, raw]) => {
      const node = resolve(raw);
      const kind = kindOf(node);
      if (!kind) return [];
      const pointer = `${prefix}/${escape(name)}`;
      const words = worded(node, name);
      return {
        kind,
        pointer,
        title: words.title,
        description: words.description,
        required: parent.required?.includes(name) ?? false,
        advanced: node['x-advanced'] ?? false,
        when: node['x-when'] ?? {},
        options: (node.enum ?? []).map((value) => ({ value: String(value), label: words.values[String(value)] ?? String(value) })),
        format: node.format ?? '',
        lines: node['x-lines'] ?? 1,
        standard: node.default,
        limits: limitsOf(node),
        fields: kind === 'section' ? fieldsOf(node, pointer) : [],
        group: node['x-group'] ?? '',
      };
    });

  const all = fieldsOf(root, '');
  const headings = root['x-groups'] ?? [];
  const names = [...new Set([...headings.map((each) => each.name), ...all.map((each) => each.group)])];
  return {
    groups: names
      .map((name) => {
        const heading = headings.find((each) => each.name === name);
        const { title, description } = worded(heading ?? {}, name);
        return { name, title, description, fields: all.filter((each) => each.group === name) };
      })
      .filter((group) => group.fields.length > 0),
    presets: (root['x-presets'] ?? []).map((preset) => ({ ...worded(preset, preset.name), name: preset.name, values: preset.values })),
  };
}

function kindOf(node: Node): Kind | undefined {
  if (node.writeOnly) return 'secret';
  if (node.enum) return 'choice';
  switch (node.type) {
    case 'string':
      return (node['x-lines'] ?? 1) > 1 ? 'area' : 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'check';
    case 'array':
      return node.items?.type === 'string' ? 'list' : undefined;
    case 'object':
      return node.properties ? 'section' : undefined;
  }
  return undefined;
}

function limitsOf({ minLength, maxLength, minimum, maximum, maxItems }: Node): FieldSpec['limits'] {
  return {
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(maxItems !== undefined && { maxItems }),
  };
}

/** Every field of a form, also those inside sections. */
export function everyField(form: FormSpec): FieldSpec[] {
  const deep = (fields: FieldSpec[]): FieldSpec[] => fields.flatMap((field) => [field, ...deep(field.fields)]);
  return form.groups.flatMap((group) => deep(group.fields));
}

const escape = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
const steps = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The value at a JSON pointer. */
export function at(value: Json | undefined, pointer: string): Json | undefined {
  return steps(pointer).reduce<Json | undefined>((inner, step) => (isObject(inner) ? inner[step] : undefined), value);
}

/** The settings with another value at a pointer; undefined takes the field out. */
export function put(settings: Settings, pointer: string, value: Json | undefined): Settings {
  const [first, ...rest] = steps(pointer);
  if (first === undefined) return settings;
  const inner = settings[first];
  const next = rest.length === 0 ? value : put(isObject(inner) ? inner : {}, `/${rest.map(escape).join('/')}`, value);
  const { [first]: _gone, ...others } = settings;
  return next === undefined ? others : { ...settings, [first]: next };
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
