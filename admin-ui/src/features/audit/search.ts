import type { AuditKind, AuditOutcome } from '@/api/schema.gen';

/** What the page's address says is wanted. */
export interface AuditSearch {
  actor?: string;
  kind?: AuditKind;
  outcome?: AuditOutcome;
  act?: string;
  object?: string;
  /** First and last day, `2026-11-28`. */
  from?: string;
  until?: string;
}

const kinds: readonly AuditKind[] = ['sign_in', 'act', 'read'];
const outcomes: readonly AuditOutcome[] = ['done', 'failed', 'asked'];
const isDay = (text: unknown): text is string => typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text);

/** Reads the filters from an address; what is not understood is left out. */
export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const text = (name: string) => (typeof search[name] === 'string' && search[name] !== '' ? { [name]: search[name] } : {});
  const kind = kinds.find((each) => each === search['kind']);
  const outcome = outcomes.find((each) => each === search['outcome']);
  return {
    ...text('actor'),
    ...text('act'),
    ...text('object'),
    ...(kind && { kind }),
    ...(outcome && { outcome }),
    ...(isDay(search['from']) && { from: search['from'] }),
    ...(isDay(search['until']) && { until: search['until'] }),
  };
}

/** What can be filtered by, in the order of the list. */
export const acts = [
  'session.open',
  'session.close',
  'session.revoke',
  'me.update',
  'factor.update',
  'ticket.read',
  'message.read',
  'attachment.read',
  'delivery.read',
  'contact.read',
  'contact.readers',
  'quarantine.read',
  'ticket.update',
  'ticket.take',
  'ticket.record',
  'ticket.ask',
  'ask.answer',
  'ticket.reply',
  'ticket.note',
  'ticket.join',
  'ticket.split',
  'suggestion.decide',
  'message.cancel',
  'delivery.decide',
  'quarantine.decide',
  'contact.update',
  'people.manage',
  'invitation.accept',
  'office.manage',
  'office.run',
  'channel.manage',
  'routing.manage',
  'policy.manage',
  'token.manage',
  'report.export',
  'audit.read',
  'audit.check',
  'system.manage',
] as const;

/** An object as the log writes it, from what somebody types: a ticket's number alone stands for the ticket. */
export function objectFrom(text: string): string {
  const typed = text.trim();
  return /^\d{4}-\d{6,}-\d$/.test(typed) ? `tickets/${typed}` : typed;
}
