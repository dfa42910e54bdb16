import { expect, test } from 'vitest';
import { filterOf, readFilter, readQueue } from './address';

test('an address somebody typed never breaks the page', () => {
  expect(readQueue('nonsense')).toBe('mine');
  expect(readFilter({ order: 'random', status: ['open', 'nope'], office: '../../etc', q: '<script>' })).toEqual({ status: ['open'] });
  expect(readFilter({ type: 'Elogio!', outcome: 'boh' })).toEqual({});
  expect(readFilter({ type: 'civic_access', outcome: 'refused' })).toEqual({ type: 'civic_access', outcome: 'refused' });
  expect(readFilter({ status: 'closed', q: 123 })).toEqual({ status: ['closed'], q: '123' });
});

test('a queue has its usual order', () => {
  expect(filterOf('mine', {}).order).toBe('waiting');
  expect(filterOf('closed', {}).order).toBe('newest');
  expect(filterOf('mine', { order: 'newest' }).order).toBe('newest');
  expect(filterOf('mine', { outcome: 'done' }).order).toBe('newest');
});
