const form = /^\s*([0-9]{4})\s*[-‐‑‒–—/]\s*([0-9]{6,12})\s*[-‐‑‒–—/]\s*([0-9])\s*$/;
/** Damm's quasigroup: catches every single wrong digit and every swap of neighbours. */
const table = '0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790';

/** The check digit of year and sequence. */
export function checkDigit(digits: string): number {
  return [...digits].reduce((row, digit) => Number(table[row * 10 + Number(digit)]), 0);
}

/** Reads a number as people type it; nothing when its form or its check digit is wrong. */
export function readNumber(text: string): string | undefined {
  const [, year = '', sequence = '', check = ''] = form.exec(text) ?? [];
  if (!check || checkDigit(year + sequence) !== Number(check)) return undefined;
  return `${year}-${sequence}-${check}`;
}
