import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import it from '@/i18n/it/audit';
import { acts, objectFrom, readAuditSearch } from './search';

/** Actions that the hub leaves out of the log. */
const unlogged = ['mention.read', 'draft.write', 'upload.create', 'attachment.signed', 'picture.signed', 'directory.read', 'channel.read'];

/** Operations of the API's description that leave a row: all that change something or show one thing. */
function recorded(): { route: string; act: string }[] {
  const text = readFileSync(new URL('../../../../hub/internal/httpapi/openapi.yaml', import.meta.url), 'utf8');
  const operations = [...text.matchAll(/^ {2}(\/\S*):$|^ {4}(get|post|put|patch|delete):\n {6}operationId: (\w+)|^ {6}x-action: (\S+)/gm)];
  const found: { route: string; act: string }[] = [];
  let [path, method, route] = ['', '', ''];
  for (const [, at, how, name, act] of operations) {
    if (at) path = at;
    if (how) [method, route] = [how, name ?? ''];
    if (act && !unlogged.includes(act) && (method !== 'get' || path.includes('{') || act === 'audit.read')) found.push({ route, act });
  }
  return found;
}

test('every act that the log records has words, and what can be looked for has its own', () => {
  const all = recorded();
  expect(all.length).toBeGreaterThan(60);
  const { act: words, noun: nouns }: Record<'act' | 'noun', Record<string, string>> = it.audit;
  expect(all.filter(({ act }) => !words[act.replaceAll('.', '_')] && !nouns[act.split('.')[0] ?? ''])).toEqual([]);
  expect(acts.filter((act) => !words[act.replaceAll('.', '_')])).toEqual([]);
});

test('a number alone stands for a request, and an address that makes no sense for nothing', () => {
  expect(objectFrom(' 2026-000123-7 ')).toBe('tickets/2026-000123-7');
  expect(objectFrom('contacts/1')).toBe('contacts/1');
  expect(readAuditSearch({ kind: 'x', from: 'ieri', until: '2026-11-28', actor: '', act: 3 })).toEqual({ until: '2026-11-28' });
});
