import { expect, test } from 'vitest';
import { plain, source } from './source';

test('the head ends at the first empty line, whatever ends its lines', () => {
  expect(source('From: a\r\nTo: b\r\n\r\nCiao').head).toBe('From: a\r\nTo: b');
  expect(source('From: a\n\nCiao\n\nfine').head).toBe('From: a');
  expect(source('solo testa').head).toBe('solo testa');
  expect(source('From: a\n\nCiao').whole).toBe('From: a\n\nCiao');
});

test('what is not seen is shown by its number', () => {
  expect(plain('documento_\u202Efdp.exe')).toBe('documento_‹202E›fdp.exe');
  expect(plain('a\u0000b\u200Bc\ufeff')).toBe('a‹0000›b‹200B›c‹FEFF›');
  expect(plain('righe\r\ne\ttab, perché 👍')).toBe('righe\r\ne\ttab, perché 👍');
});
