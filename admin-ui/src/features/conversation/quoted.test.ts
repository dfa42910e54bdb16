import { describe, expect, test } from 'vitest';
import { cutQuoted, pieces } from './quoted';

describe('cutQuoted', () => {
  test.each([
    [
      'Gmail, Italian',
      'Va bene.\n\nIl giorno lun 23 nov 2026 alle ore 10:12 Comune <urp@x.it> ha scritto:\n> Ciao\n> ci siamo',
      'Va bene.',
      3,
    ],
    [
      'Gmail, wrapped opening',
      'Va bene.\n\nIl giorno lun 23 nov 2026 alle ore 10:12 Comune di Valdoria\n<urp@comune.example.it> ha scritto:\n\n> Ciao',
      'Va bene.',
      3,
    ],
    ['Apple Mail', 'Ok grazie\n\nOn 23 Nov 2026, at 10:12, Comune <urp@x.it> wrote:\n\n> Ciao', 'Ok grazie', 2],
    [
      'Outlook, Italian',
      'Perfetto.\n\nDa: Comune <urp@x.it>\nInviato: lunedì 23 novembre 2026 10:12\nA: Anna\nOggetto: R: Certificato\n\nGentile signora',
      'Perfetto.',
      5,
    ],
    ['Outlook rule', 'Sì\n________________________________\nFrom: Comune\nSent: Monday\n\nCiao', 'Sì', 4],
    ['forwarded', 'Vedi sotto\n\n-----Messaggio originale-----\nDa: x\nCiao', 'Vedi sotto', 3],
    ['marks alone', 'Certo\n\n> prima riga\n> seconda riga', 'Certo', 2],
  ])('%s', (_name, text, own, lines) => {
    const cut = cutQuoted(text);
    expect(cut.own).toBe(own);
    expect(cut.lines).toBe(lines);
    expect(cut.quoted).not.toBe('');
  });

  test('answers written between quoted lines stay whole', () => {
    const text = 'Il giorno 23 nov Comune ha scritto:\n> Quando?\nDomani.\n> Dove?\nIn via Roma.';
    expect(cutQuoted(`Rispondo sotto.\n${text}`)).toMatchObject({ quoted: '', lines: 0 });
  });

  test('a message that is nothing but a quotation stays whole', () => {
    expect(cutQuoted('> uno\n> due').quoted).toBe('');
  });

  test('a single marked line is no quotation', () => {
    expect(cutQuoted('Il prezzo era\n> 10 euro').quoted).toBe('');
  });

  test('ordinary sentences that begin alike are left alone', () => {
    expect(cutQuoted('Il sindaco ha scritto una lettera.\nGrazie').quoted).toBe('');
    expect(cutQuoted('Da: casa mia non si vede nulla\nGrazie').quoted).toBe('');
  });

  test('a very long text is cut in no time', () => {
    const started = performance.now();
    cutQuoted('Il giorno '.repeat(5000) + '\n' + '> x\n'.repeat(5000));
    expect(performance.now() - started).toBeLessThan(1500);
  });
});

describe('pieces', () => {
  test('finds web addresses without the full stop behind them', () => {
    expect(pieces('Vedi https://x.it/a?b=1. Poi (https://y.it).')).toEqual([
      { text: 'Vedi ' },
      { text: 'https://x.it/a?b=1', href: 'https://x.it/a?b=1' },
      { text: '. Poi (' },
      { text: 'https://y.it', href: 'https://y.it' },
      { text: ').' },
    ]);
  });

  test('makes a link of nothing else', () => {
    expect(pieces('javascript:alert(1) data:text/html,x ftp://x mailto:a@b')).toEqual([
      { text: 'javascript:alert(1) data:text/html,x ftp://x mailto:a@b' },
    ]);
  });
});
