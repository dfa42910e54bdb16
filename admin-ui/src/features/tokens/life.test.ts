import { expect, test } from 'vitest';
import { lifeOf } from './life';

test('a key is warned about for two weeks, and one without an end says why', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  const ends = (at: string) => lifeOf({ expires_at: at }, now);
  expect([ends('2026-12-13T12:00:00Z'), ends('2026-12-12T12:00:00Z'), ends('2026-11-28T12:00:01Z'), ends('2026-11-28T12:00:00Z')]).toEqual([
    'until',
    'soon',
    'soon',
    'expired',
  ]);
  expect(lifeOf({ never_because: 'Lo chiede il protocollo' }, now)).toBe('never');
  expect(lifeOf({}, now)).toBe('old');
});
