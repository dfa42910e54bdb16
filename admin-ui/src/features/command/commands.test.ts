import { describe, expect, test } from 'vitest';
import { isSingle, keymap, pressed, printed } from './keymap';
import { fit, ranked } from './rank';
import { command, uncovered } from './registry';

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  pressed({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

describe('keys', () => {
  test.each([
    ['j', {}, 'j'],
    ['?', { shiftKey: true }, '?'],
    ['k', { ctrlKey: true }, 'Ctrl+K'],
    ['k', { metaKey: true }, 'Ctrl+K'],
    ['Enter', { ctrlKey: true, shiftKey: true }, 'Ctrl+Shift+Enter'],
    ['a', { altKey: true }, undefined],
  ])('%s %o is %s', (key, more, name) => {
    expect(press(key, more)).toBe(name);
  });

  test('no two commands share keys', () => {
    const all = Object.values(keymap).flatMap((each) => each.keys as readonly string[]);
    expect(new Set(all).size).toBe(all.length);
  });

  test('no single key begins a pair, so that a pair never waits', () => {
    const all = Object.values(keymap).flatMap((each) => each.keys as readonly string[]);
    const firsts = new Set(all.filter((keys) => keys.includes(' ')).map((keys) => keys.split(' ')[0]));
    expect(all.filter((keys) => firsts.has(keys))).toEqual([]);
  });

  test('are printed as people know them', () => {
    expect(printed('Ctrl+Shift+Enter', false)).toBe('Ctrl ⇧ ↵');
    expect(printed('Ctrl+K', true)).toBe('⌘K');
    expect(isSingle('g m')).toBe(true);
    expect(isSingle('Ctrl+K')).toBe(false);
  });
});

describe('finding a command', () => {
  const commands = [
    command({ id: 'assign', title: 'Assegna…', synonyms: 'affida collega', run: () => undefined }),
    command({ id: 'assignMe', title: 'Assegna a me', run: () => undefined }),
    command({ id: 'go.channels', title: 'Canali', synonyms: 'caselle posta', run: () => undefined }),
    command({ id: 'x', title: 'Città e priorità', run: () => undefined }),
  ];
  const found = (typed: string) => ranked(commands, typed).map((each) => each.id);

  test('by the beginning of words, in any order, without accents', () => {
    expect(found('ass')).toEqual(['assign', 'assignMe']);
    expect(found('me asse')).toEqual(['assignMe']);
    expect(found('citta priorita')).toEqual(['x']);
  });

  test('by a synonym, after what is named so', () => {
    expect(found('posta')).toEqual(['go.channels']);
    expect(fit({ title: 'Posta', synonyms: '' }, 'posta')).toBeGreaterThan(fit({ title: 'Canali', synonyms: 'posta' }, 'posta') ?? 0);
  });

  test('nothing that does not fit', () => {
    expect(found('zzz')).toEqual([]);
    expect(found('')).toHaveLength(4);
  });
});

test('a later command of the same id covers an earlier one', () => {
  const first = command({ id: 'next', title: 'uno', run: () => undefined });
  const second = command({ id: 'next', title: 'due', run: () => undefined });
  expect(uncovered([first, second])).toEqual([second]);
});
