import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '../../hub/internal/letter/testdata/hostile.txt');

/** A letter that tries to act, load or deceive; the tests of the hub's own cleaning read the same file. */
export interface Hostile {
  name: string;
  type: string;
  body: Buffer;
}

/** All hostile letters, against an attacker's host. */
export function hostileLetters(evil: string): Hostile[] {
  return `\n${readFileSync(file, 'utf8')}`
    .split('\n== ')
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const [name = '', type = 'text/html'] = part.slice(0, end).split(' | ');
      return { name, type, body: Buffer.from(expand(part.slice(end + 1), evil), 'latin1') };
    });
}

/** Fills in the macros; the answer has one character for each byte. */
function expand(body: string, evil: string): string {
  return Buffer.from(body, 'utf8')
    .toString('latin1')
    .replaceAll(
      /\{\{(evil|(\d+)\*([^]*?)|((?:\\x[0-9a-f]{2})+))\}\}/g,
      (_, whole: string, count?: string, piece?: string, bytes?: string) => {
        if (count !== undefined) return (piece ?? '').repeat(Number(count));
        if (bytes !== undefined) return Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString('latin1');
        return whole === 'evil' ? evil : '';
      },
    );
}
