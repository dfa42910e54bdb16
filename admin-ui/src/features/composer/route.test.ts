import { expect, test } from 'vitest';
import type { DeliveryChoice, DeliveryOption } from '@/api/schema.gen';
import { addressed, looksLikeEmail, objections, routeOf, ways } from './route';

const option = (kind: 'email' | 'pec', address: string): DeliveryOption => ({
  channel: { id: kind, name: kind, kind },
  to: { kind, address, name: 'Anna' },
  reason: { code: 'last_used', params: {} },
});
const choice: DeliveryChoice = {
  choice: option('email', 'anna@example.it'),
  reason: { code: 'last_used', params: {} },
  cc: [{ kind: 'email', address: 'marito@example.it' }],
  fallbacks: [option('pec', 'anna@pec.example.it')],
  skipped: [],
  doubted: [],
};

test('the hub’s choice goes, and nobody is in copy by itself', () => {
  const route = routeOf({ text: '' }, choice);
  expect(route).toMatchObject({ own: false, cc: [] });
  expect(route.option).toBe(choice.choice);
});

test('another way is the operator’s own', () => {
  const route = routeOf({ text: '', to: [{ kind: 'pec', address: 'anna@pec.example.it' }], channel_id: 'pec' }, choice);
  expect(route.own).toBe(true);
  expect(route.option?.to.kind).toBe('pec');
});

test('a way that no longer exists is not shown as one', () => {
  expect(routeOf({ text: '', to: [{ kind: 'fax', address: '02' }] }, choice).option).toBeUndefined();
});

test('says what is against the operator’s choice, else against what would have come before the hub’s', () => {
  const skipped = (address: string, before: boolean, rank: 'preferred' | 'next_usable' = 'preferred') => ({
    to: { kind: 'mobile' as const, address },
    reason: { code: 'too_long', params: {} },
    rank,
    before,
  });
  const said = {
    ...choice,
    skipped: [skipped('1', true), skipped('2', false), skipped('3', true, 'next_usable')],
    doubted: [skipped('4', true)],
  };
  const of = (writing: Parameters<typeof objections>[0]) => objections(writing, said).map((each) => each.to.address);
  expect(of({ text: '' })).toEqual(['4', '1']);
  expect(of({ text: '', to: [{ kind: 'mobile', address: '2' }] })).toEqual(['2']);
  expect(objections({ text: '' }, undefined)).toEqual([]);
});

test('copies go along only with a recipient named by us', () => {
  const writing = { text: 'x', cc: [{ kind: 'email' as const, address: 'marito@example.it' }] };
  expect(addressed(writing, routeOf(writing, choice))).toMatchObject({ to: [{ address: 'anna@example.it' }], channel_id: 'email' });
  expect(addressed({ text: 'x' }, routeOf({ text: 'x' }, choice))).toEqual({ text: 'x' });
});

test('lists the ways, the hub’s first', () => {
  expect(ways(choice).map((each) => each.to.kind)).toEqual(['email', 'pec']);
  expect(ways({ reason: choice.reason, cc: [], fallbacks: [], skipped: [], doubted: [] })).toEqual([]);
});

test.each([
  ['a@b.it', true],
  [' a.b+c@d.example.it ', true],
  ['a@b', false],
  ['a b@c.it', false],
  ['a@b.it, c@d.it', false],
  ['<a@b.it>', false],
  ['', false],
])('%j as an address: %s', (text, good) => {
  expect(looksLikeEmail(text)).toBe(good);
});
