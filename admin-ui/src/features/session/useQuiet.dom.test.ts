import { act, cleanup, fireEvent, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pause, useQuiet } from './useQuiet';

describe('useQuiet', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });
  const begin = () => renderHook(({ wanted }: { wanted: boolean }) => useQuiet(wanted), { initialProps: { wanted: false } });
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

  test('is true at once where nobody writes', () => {
    const { result, rerender } = begin();
    expect(result.current).toBe(false);
    rerender({ wanted: true });
    expect(result.current).toBe(true);
    rerender({ wanted: false });
    expect(result.current).toBe(false);
  });

  test('waits while somebody writes, however long', async () => {
    const { result, rerender } = begin();
    fireEvent.keyDown(document.body, { key: 'a' });
    rerender({ wanted: true });
    for (let n = 0; n < 20; n++) {
      await pass(pause - 100);
      expect(result.current).toBe(false);
      fireEvent.keyDown(document.body, { key: 'a' });
    }
    await pass(pause - 1);
    expect(result.current).toBe(false);
    await pass(1);
    expect(result.current).toBe(true);
  });
});
