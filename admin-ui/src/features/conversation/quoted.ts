/** A text cut in what the writer wrote and what was quoted below it. */
interface Cut {
  own: string;
  quoted: string;
  lines: number;
}

/** Lines that open a quotation, in the words of the usual mail programs; the attribution may wrap to a second line. */
const openings: readonly RegExp[] = [
  /^\s*(Il|Le|In data|El|Am)\s.{4,180}\b(ha scritto|scrive|a écrit|escribió|schrieb)\b.{0,120}:?\s*$/i,
  /^\s*On\s.{4,180}\bwrote\s*:?\s*$/i,
  /^\s*-{2,}\s*(Messaggio originale|Messaggio inoltrato|Original Message|Forwarded message|Ursprüngliche Nachricht)\s*-{2,}\s*$/i,
  /^\s*_{20,}\s*$/,
];
const outlookHead = /^\s*(Da|From|Von)\s*:\s*\S.*$/i;
const outlookNext = /^\s*(Inviato|Data|Sent|Date|Gesendet|A|To|An)\s*:\s*\S.*$/i;

/**
 * Cuts off the quotation at the end of a text. Answers written between quoted lines stay whole: only a quotation that
 * runs to the end is folded, and never the whole text.
 */
export function cutQuoted(text: string): Cut {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const at = openingLine(lines) ?? trailingMarks(lines);
  if (at === undefined || lines.slice(0, at).every((line) => line.trim() === '')) return { own: text.trimEnd(), quoted: '', lines: 0 };
  const quoted = lines.slice(at);
  return {
    own: lines.slice(0, at).join('\n').trimEnd(),
    quoted: quoted.join('\n').trim(),
    lines: quoted.filter((line) => line.trim()).length,
  };
}

function openingLine(lines: readonly string[]): number | undefined {
  for (const [index, line] of lines.entries()) {
    const pair = `${line} ${lines[index + 1] ?? ''}`;
    const opens = openings.some((each) => each.test(line) || (startsLikeOpening(line) && each.test(pair)));
    const outlook = outlookHead.test(line) && outlookNext.test(lines[index + 1] ?? '');
    if ((opens || outlook) && quotedToEnd(lines.slice(index + 1), outlook || /^\s*[-_]/.test(line))) return index;
  }
  return undefined;
}

function startsLikeOpening(line: string): boolean {
  return /^\s*(Il|In data|On|Le|Am|El)\s/i.test(line);
}

/** With marks (`>`) nothing unmarked may follow the quotation; without marks there is no way to tell. */
function quotedToEnd(rest: readonly string[], header: boolean): boolean {
  if (header) return true;
  const lastMark = rest.findLastIndex((line) => /^\s*>/.test(line));
  if (lastMark < 0) return true;
  return rest.slice(lastMark + 1).every((line) => line.trim() === '' || /^\s*>/.test(line));
}

function trailingMarks(lines: readonly string[]): number | undefined {
  let index = lines.length;
  let marked = 0;
  while (index > 0 && /^\s*(>|$)/.test(lines[index - 1] ?? '')) {
    index--;
    if ((lines[index] ?? '').trim()) marked++;
  }
  return marked >= 2 ? index : undefined;
}

/** A piece of text, or an address in it that can be opened. */
interface Piece {
  text: string;
  href?: string;
}

/** Finds web addresses in a text; nothing else becomes a link, and the whole address is always what one reads. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"')\]]+/g)) {
    const href = match[0].replace(/[.,;:!?]+$/, '');
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: href, href });
    from = match.index + href.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}
