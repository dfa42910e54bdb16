import type { Delivery, DeliveryState } from '@/api/schema.gen';

/** How a state looks: its tone, and how many of the four steps (queued, sending, taken, arrived) lie behind it. */
export interface Look {
  tone: 'wait' | 'good' | 'bad' | 'doubt' | 'off';
  steps: 0 | 1 | 2 | 3 | 4;
}

/** The look of every state; never better than what is proved. */
export const looks: Record<DeliveryState, Look> = {
  queued: { tone: 'wait', steps: 1 },
  sending: { tone: 'wait', steps: 2 },
  accepted: { tone: 'good', steps: 3 },
  sent: { tone: 'good', steps: 3 },
  delivered: { tone: 'good', steps: 4 },
  read: { tone: 'good', steps: 4 },
  failed: { tone: 'bad', steps: 2 },
  expired: { tone: 'bad', steps: 1 },
  cancelled: { tone: 'off', steps: 0 },
  uncertain: { tone: 'doubt', steps: 2 },
};

/** The states in which the last error still says something about now. */
export const troubled: readonly DeliveryState[] = ['queued', 'sending', 'failed', 'expired', 'uncertain'];

/** Whether a delivery waits for somebody to decide; what expired has failed too. */
export function open({ state, decided }: Pick<Delivery, 'state' | 'decided'>): boolean {
  return !decided && (state === 'failed' || state === 'expired' || state === 'uncertain');
}
