import type { Token } from '@/api/schema.gen';

/** Milliseconds before its end from which on a key is warned about. */
const warnBefore = 14 * 24 * 3_600_000;

/** How a key stands towards its end. */
export function lifeOf(token: Pick<Token, 'expires_at' | 'never_because'>, now: number): 'until' | 'soon' | 'expired' | 'never' | 'old' {
  if (!token.expires_at) return token.never_because ? 'never' : 'old';
  const left = Date.parse(token.expires_at) - now;
  if (left <= 0) return 'expired';
  return left <= warnBefore ? 'soon' : 'until';
}
