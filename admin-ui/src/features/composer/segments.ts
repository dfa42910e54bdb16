/** The 7-bit alphabet of text messages, and the characters of its extension, which take two places. */
const base = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extension = new Set('\f^{}\\[~]|€');

/** What is written in the place of characters that are not in it; the adapter has the same table. */
const substitutes: Record<string, string> = {
  À: "A'",
  È: "E'",
  Ì: "I'",
  Ò: "O'",
  Ù: "U'",
  '‘': "'",
  '’': "'",
  '‚': "'",
  '′': "'",
  '`': "'",
  '´': "'",
  '‹': "'",
  '›': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '″': '"',
  '«': '"',
  '»': '"',
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '–': '-',
  '—': '-',
  '―': '-',
  '−': '-',
  '•': '-',
  '·': '-',
  '…': '...',
  '°': 'o',
  º: 'o',
  ª: 'a',
  '×': 'x',
  '÷': ':',
  '±': '+/-',
  '½': '1/2',
  '¼': '1/4',
  '¾': '3/4',
  '™': '(TM)',
  '©': '(C)',
  '®': '(R)',
  œ: 'oe',
  Œ: 'OE',
  '¢': 'c',
  '←': '<-',
  '→': '->',
  '≤': '<=',
  '≥': '>=',
  '\t': ' ',
  '\u00A0': ' ',
  '\u202F': ' ',
  '\u2009': ' ',
  '\u2002': ' ',
  '\u2003': ' ',
  '\u2028': '\n',
  '\u2029': '\n',
  '\u200B': '',
  '\u200C': '',
  '\u200D': '',
  '\u2060': '',
  '\uFEFF': '',
  '\u00AD': '',
  '\u200E': '',
  '\u200F': '',
  '\uFE0F': '',
};

const known = (character: string) => base.has(character) || extension.has(character);

/** How a character is written in the 7-bit alphabet; undefined where there is no way. */
function spelling(character: string): string | undefined {
  if (known(character)) return character;
  const substitute = substitutes[character];
  if (substitute !== undefined) return substitute;
  const bare = character.normalize('NFKD').replace(/\p{Mn}/gu, '');
  return bare !== '' && [...bare].every(known) ? bare : undefined;
}

/** The text in the 7-bit alphabet, or as it is where one of its characters has no place there. */
export function transliterated(text: string): string {
  const composed = text.normalize('NFC');
  const spelled = [...composed].map(spelling);
  return spelled.includes(undefined) ? composed : spelled.join('');
}

/** The text with nothing in it that halves the room: what has no spelling in the 7-bit alphabet is left out. */
export function simplified(text: string): string {
  return [...text.normalize('NFC')].map((each) => spelling(each) ?? '').join('');
}

export interface Segments {
  /** How many text messages it takes. */
  parts: number;
  /** Its length, and how much of it one message holds. */
  units: number;
  room: number;
  /** The first character that makes a message hold 70 instead of 160. */
  forcing?: string;
}

/** How many text messages a text takes as it is written. */
export function segmentsOf(text: string): Segments {
  const characters = [...text.normalize('NFC')];
  const forcing = characters.find((each) => !known(each));
  if (forcing !== undefined) {
    const sizes = characters.map((each) => each.length);
    return { ...packed(sizes, 70, 67), forcing };
  }
  return packed(
    characters.map((each) => (extension.has(each) ? 2 : 1)),
    160,
    153,
  );
}

/** What a text holds of a channel that counts in parts of 153: whole parts, so that it changes once in a while only. */
export function heldBy({ parts }: Segments): number {
  return parts > 1 ? parts * 153 : 0;
}

/** What takes two places is never divided. */
function packed(sizes: readonly number[], whole: number, part: number): Segments {
  const units = sizes.reduce((sum, each) => sum + each, 0);
  if (units <= whole) return { parts: 1, units, room: whole };
  let parts = 1;
  let filled = 0;
  for (const each of sizes) {
    if (filled + each > part) {
      parts++;
      filled = 0;
    }
    filled += each;
  }
  return { parts, units, room: part };
}
