import { createStore } from '@/app/store';

/** The last sentence to be spoken; the number makes a repeated sentence new. */
export const spoken = createStore<{ text: string; nth: number; urgent: boolean }>({ text: '', nth: 0, urgent: false });

/** Has assistive technology say a sentence without moving focus. */
export function announce(text: string, urgent = false) {
  spoken.set((before) => ({ text, urgent, nth: before.nth + 1 }));
}
