/** The head of a letter as it was sent, and all of it. */
interface Source {
  head: string;
  whole: string;
}

/** Characters that are not seen, or that turn the text around: shown by their number, so that nobody is fooled. */
// eslint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Makes a text that shows everything there is in it. */
export function plain(text: string): string {
  return text.replace(unseen, (sign) => `‹${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`);
}

/** Parts the beginning of a letter; what has no empty line is all head. */
export function source(text: string): Source {
  const end = /\r?\n\r?\n/.exec(text);
  return { head: plain(end ? text.slice(0, end.index) : text), whole: plain(text) };
}
