import type { QuarantineItem, QuarantineResult } from '@/api/schema.gen';

/** What became of one item, as it is told. */
export interface Line {
  id: string;
  from: string | undefined;
  subject: string | undefined;
  problem: string | undefined;
  ticket: string | undefined;
}

/** Names the results; those that were named by the page itself by what it shows of them. */
export function linesOf(results: readonly QuarantineResult[], items: readonly QuarantineItem[]): Line[] {
  const known = new Map(items.map((each) => [each.id, each]));
  return results.map(({ id, from, subject, problem, ticket }) => ({
    id,
    problem,
    ticket,
    from: from ?? known.get(id)?.from,
    subject: subject ?? known.get(id)?.subject,
  }));
}

/** A sheet that spreadsheets open: semicolons, as they expect in Italy, and a mark that says UTF-8. */
export function sheet(head: readonly string[], rows: readonly (readonly string[])[]): Blob {
  const text = [head, ...rows].map((row) => row.map(cell).join(';')).join('\r\n');
  return new Blob(['\uFEFF', text, '\r\n'], { type: 'text/csv;charset=utf-8' });
}

/** What strangers wrote must not become a formula. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
