import type { Outcome } from '@/api/schema.gen';

/** How a request may end. */
export const outcomes: readonly Outcome[] = [
  'answered_first_level',
  'answered_office',
  'done',
  'refused',
  'forwarded',
  'not_ours',
  'duplicate',
  'withdrawn',
  'no_answer',
];
