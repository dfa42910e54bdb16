import { createStore } from '@/app/store';
import { announce } from './announce';

/** A short notice at the foot of the page. */
interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'danger';
  action?: { label: string; run: () => void };
}

/** The notices on the screen, oldest first. */
export const toasts = createStore<Toast[]>([]);

const stay = 6000;
let last = 0;

/** Shows a notice and has it spoken; one with an action stays longer, a failure stays until dismissed. */
export function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}) {
  const item: Toast = { id: ++last, text, tone: options.tone ?? 'plain', ...(options.action && { action: options.action }) };
  toasts.set((before) => [...before.slice(-3), item]);
  announce(text, item.tone === 'danger');
  if (item.tone !== 'danger') setTimeout(() => dismiss(item.id), item.action ? stay * 2 : stay);
}

/** Takes a notice away. */
export function dismiss(id: number) {
  toasts.set((before) => before.filter((item) => item.id !== id));
}
