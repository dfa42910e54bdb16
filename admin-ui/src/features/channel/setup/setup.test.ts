import { describe, expect, test } from 'vitest';
import type { TrialStep } from '@/api/schema.gen';
import { apply, blank, mistakes, start, toSend, type Draft } from './draft';
import { at, everyField, put, readForm } from './schema';
import { report } from './steps';

/** A schema as an adapter writes it, with every kind of field. */
const schema = {
  type: 'object',
  required: ['address'],
  'x-groups': [
    { name: 'who', 'x-it': { title: 'Chi' }, 'x-en': { title: 'Who' } },
    { name: 'in', 'x-it': { title: 'Arrivo' }, 'x-en': { title: 'In' } },
  ],
  'x-presets': [{ name: 'aruba', 'x-it': { title: 'Aruba' }, 'x-en': { title: 'Aruba' }, values: { '/imap/host': 'imaps.aruba.it' } }],
  properties: {
    address: { type: 'string', format: 'email', 'x-group': 'who', 'x-it': { title: 'Indirizzo' }, 'x-en': { title: 'Address' } },
    plus: { type: 'boolean', 'x-group': 'who' },
    imap: {
      type: 'object',
      'x-group': 'in',
      required: ['host'],
      properties: {
        host: { type: 'string', minLength: 1 },
        port: { type: 'integer', minimum: 1, maximum: 65535, default: 993 },
        auth: {
          enum: ['password', 'oauth'],
          type: 'string',
          default: 'password',
          'x-it': { title: 'Accesso', values: { oauth: 'OAuth 2.0' } },
        },
        password: { type: 'string', writeOnly: true, 'x-when': { '/imap/auth': 'password' } },
        folders: { type: 'array', items: { type: 'string' }, maxItems: 2 },
      },
    },
    oauth: {
      type: 'object',
      'x-group': 'in',
      'x-when': { '/imap/auth': 'oauth' },
      properties: { token: { type: 'string', writeOnly: true } },
    },
    odd: { type: 'array', items: { type: 'object' } },
  },
};

const form = readForm(schema, 'it');
const filled = (change: Partial<Draft> = {}): Draft => ({
  ...start(form),
  name: 'Posta',
  settings: { address: 'urp@comune.it', imap: { host: 'imap.it' } },
  ...change,
});

describe('a schema becomes a form', () => {
  test('with headings, names and values in the language of the page', () => {
    expect(form.groups.map((group) => [group.title, group.fields.map((field) => field.title)])).toEqual([
      ['Chi', ['Indirizzo', 'plus']],
      ['Arrivo', ['imap', 'oauth']],
    ]);
    expect(readForm(schema, 'en').groups[0]?.fields[0]?.title).toBe('Address');
    const auth = everyField(form).find((field) => field.pointer === '/imap/auth');
    expect(auth?.options).toEqual([
      { value: 'password', label: 'password' },
      { value: 'oauth', label: 'OAuth 2.0' },
    ]);
  });

  test('of known kinds; what it does not understand is left alone', () => {
    expect(everyField(form).map((field) => `${field.pointer} ${field.kind}`)).toEqual([
      '/address text',
      '/plus check',
      '/imap section',
      '/imap/host text',
      '/imap/port number',
      '/imap/auth choice',
      '/imap/password secret',
      '/imap/folders list',
      '/oauth section',
      '/oauth/token secret',
    ]);
    expect(toSend(filled({ settings: { ...filled().settings, odd: [{}] } }), form).settings['odd']).toEqual([{}]);
  });

  test('that names what is missing or wrong', () => {
    expect(mistakes(blank, form)).toEqual({ name: 'config.required', '/address': 'config.required' });
    const wrong = { address: 'urp', imap: { host: '', port: 70000, folders: ['a', 'b', 'c'] } };
    expect(mistakes(filled({ settings: wrong }), form)).toEqual({
      '/address': 'config.format',
      '/imap/host': 'config.required',
      '/imap/port': 'config.range',
      '/imap/folders': 'config.long',
    });
    expect(mistakes(filled({ settings: { ...filled().settings, imap: { host: 'h', port: 'x' } } }), form)).toEqual({
      '/imap/port': 'config.type',
    });
    expect(mistakes(filled(), form)).toEqual({});
  });
});

describe('what goes to the hub', () => {
  test('has secrets apart, and nothing of parts that are not shown', () => {
    const secrets = { '/imap/password': 'segreta', '/oauth/token': 'vecchio' };
    const sent = toSend(filled({ secrets, settings: { ...filled().settings, oauth: {} } }), form);
    expect(sent).toEqual({
      settings: { address: 'urp@comune.it', imap: { host: 'imap.it' } },
      secrets: { '/imap/password': 'segreta' },
      forget: [],
    });
  });

  test('forgets stored secrets that nothing uses any more', () => {
    const draft = filled({
      stored: ['/imap/password', '/oauth/token'],
      settings: { ...filled().settings, imap: { host: 'imap.it', auth: 'oauth' }, oauth: {} },
    });
    expect(toSend(draft, form).forget).toEqual(['/imap/password']);
    expect(toSend(filled({ stored: ['/imap/password'], settings: { address: 'a@b' } }), form).forget).toEqual(['/imap/password']);
  });

  test('takes what a provider has in common, and leaves the rest', () => {
    expect(apply(filled(), form.presets[0]?.values ?? {}).settings).toEqual({ address: 'urp@comune.it', imap: { host: 'imaps.aruba.it' } });
  });
});

test('pointers reach into names with slashes and tildes', () => {
  const settings = put({}, '/a~1b/c~0d', 1);
  expect(settings).toEqual({ 'a/b': { 'c~d': 1 } });
  expect(at(settings, '/a~1b/c~0d')).toBe(1);
  expect(put(settings, '/a~1b/c~0d', undefined)).toEqual({ 'a/b': {} });
});

test('the last word on a step stands in the place of the first', () => {
  const step = (name: string, state: TrialStep['state']): TrialStep => ({ name, title: name, state });
  const steps = [step('dns', 'planned'), step('tls', 'planned'), step('dns', 'passed')].reduce(report, []);
  expect(steps).toEqual([step('dns', 'passed'), step('tls', 'planned')]);
});
