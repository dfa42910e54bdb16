import { describe, expect, test } from 'vitest';
import en from './en';
import it from './it';

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const at = path ? `${path}.${key}` : key;
    if (typeof value === 'string') found.set(at, value);
    else leaves(value, at).forEach((text, name) => found.set(name, text));
  }
  return found;
}

const italian = leaves(it);
const english = leaves(en);

test('both languages say the same things', () => {
  expect([...english.keys()].sort()).toEqual([...italian.keys()].sort());
});

test('both languages use the same parameters', () => {
  const params = (text: string) =>
    [...text.matchAll(/{{(\w+)}}/g)]
      .map((match) => match[1])
      .sort()
      .join();
  const different = [...italian].filter(([key, text]) => params(text) !== params(english.get(key) ?? ''));
  expect(different).toEqual([]);
});

test('nothing is left empty, and nothing is left in the other language', () => {
  expect([...italian, ...english].filter(([, text]) => text.trim() === '')).toEqual([]);
  const same = [...italian].filter(
    ([key, text]) =>
      text === english.get(key) &&
      text
        .replace(/{{\w+}}/g, '')
        .split(/[^\p{L}’]+/u)
        .filter(Boolean).length > 2,
  );
  expect(same.map(([key]) => key)).toEqual([]);
});

test('Italian is written with its accents and typographic apostrophes', () => {
  expect([...italian].filter(([, text]) => /\b(perche|piu|gia|e'|puo)\b/i.test(text) || text.includes("'"))).toEqual([]);
});

describe('codes of the hub have words', () => {
  const has = (group: string, codes: readonly string[]) => codes.filter((code) => !italian.has(`${group}.${code}`));
  test('threading', () => {
    expect(
      has('threading', [
        'token',
        'token_third',
        'external_id',
        'external_id_third',
        'number',
        'new',
        'new_suggested',
        'new_linked',
        'unmatched',
        'manual',
        'token_unproved',
        'external_id_unproved',
        'split',
        'many_new',
        'many_reopened',
        'phone',
        'phone_number',
        'tracking_page',
      ]),
    ).toEqual([]);
  });
  test('suggestions', () => {
    expect(has('suggestion.reason', ['number', 'reference', 'same_subject', 'same_phone', 'continues'])).toEqual([]);
  });
  test('likeness of contacts', () => {
    expect(has('contact.reason', ['same_fiscal_code', 'same_vat_number', 'same_address', 'same_name_and_address'])).toEqual([]);
  });
  test('choice of the way', () => {
    const against = [
      'undeliverable',
      'not_verified',
      'channel_not_ready',
      'channel_unhealthy',
      'too_long',
      'too_large',
      'no_attachments',
      'no_channel',
      'not_answerable',
    ];
    expect([
      ...has('against', against),
      ...has('reason', ['explicit', 'formal_pec', 'chosen_here', 'preferred', 'last_used', 'next_usable', ...against]),
    ]).toEqual([]);
  });
  test('events', () => {
    expect(
      has('event', [
        'opened',
        'assigned',
        'unassigned',
        'status_changed',
        'reopened',
        'office_changed',
        'priority_changed',
        'subject_changed',
        'joined',
        'joined_to',
        'unjoined',
        'suggestion_made',
        'suggestion_dismissed',
        'replied',
        'withdrawn',
        'secret_revoked',
        'split_off',
        'split_from',
        'requester_changed',
        'requester_kept',
        'preference_chosen',
        'preference_dropped',
        'asked',
        'ask_reminded',
        'ask_answered',
        'ask_returned',
        'ask_withdrawn',
        'ask_withdrawn_confidential',
        'ask_moved',
        'ask_returned_closed',
        'asked_for',
        'office_for',
        'office_returned_for',
        'office_closed',
        'assigned_automatic',
        'unassigned_absent',
        'unassigned_left',
      ]),
    ).toEqual([]);
  });
  test('signatures', () => {
    expect(has('conversation.signature.reason', ['issuer', 'expired', 'sender', 'certificate', 'content', 'unsupported'])).toEqual([]);
  });
  test('quarantine and failures', () => {
    expect(
      has('quarantine.code', [
        'failed',
        'crash',
        'machine_unmatched',
        'many_new',
        'many_reopened',
        'unsupported',
        'limit_depth',
        'limit_size',
        'limit_raw_bytes',
        'limit_original',
        'limit_header_bytes',
        'limit_header_fields',
        'limit_parts',
        'limit_boundary_bytes',
        'limit_addresses',
        'limit_attachment_bytes',
        'limit_cpu_seconds',
        'limit_memory_bytes',
        'limit_wait_seconds',
        'no_header',
      ]),
    ).toEqual([]);
    expect(has('delivery.error', ['transient', 'rate_limited', 'recipient', 'content', 'config', 'opted_out', 'unknown_outcome'])).toEqual(
      [],
    );
    expect(has('task.change', ['worker', 'report', 'proof', 'same_key', 'operator', 'clock', 'ask_answered', 'ask_withdrawn'])).toEqual([]);
  });
});
