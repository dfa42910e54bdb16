import type { DraftKind, Message } from '@/api/schema.gen';
import { createKeptStore } from '@/app/store';
import type { Writing } from './drafts';

/** A reply that can still be called back. */
export interface Pending {
  message: string;
  number: string;
  name: string;
  /** Milliseconds since 1970 until which it can be called back. */
  until: number;
  kind: DraftKind;
  writing: Writing;
}

/** Replies on their way out; kept over a reload of the tab, so that the way back is not lost with it. */
export const pending = createKeptStore<Pending[]>('sportello.pending', [], () => sessionStorage);

/** Remembers a reply that leaves soon. */
export function remember(message: Message, number: string, name: string, writing: Writing) {
  const until = message.cancel_until ? Date.parse(message.cancel_until) : 0;
  if (until <= Date.now()) return;
  pending.set((before) => [...alive(before), { message: message.id, number, name, until, kind: 'reply', writing }]);
}

/** Forgets a reply that has left or was called back. */
export function forget(message: string) {
  pending.set((before) => alive(before).filter((each) => each.message !== message));
}

function alive(items: readonly Pending[]): Pending[] {
  return items.filter((each) => each.until > Date.now() - 5000);
}
