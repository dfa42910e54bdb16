import type { FoundContact, NewPerson, NewTicket, Outcome, Then, Way } from '@/api/schema.gen';

/** Somebody who is not among the contacts, as far as written down. */
export type Person = Required<Omit<NewPerson, 'known'>> & { known?: NewPerson['known'] };

/** A visit being written down. */
export interface Draft {
  way: Way;
  /** What is typed to find somebody. */
  sought: string;
  contact?: FoundContact | undefined;
  person?: Person | undefined;
  anonymous?: boolean;
  text: string;
  type: string;
  office: string;
  then: Then;
  answer: string;
  outcome: Outcome;
  /** To whom it was forwarded. */
  whom: string;
  to: string;
  note: string;
}

/** What a draft begins with, beside the habits of whoever writes it. */
export const blank = { sought: '', text: '', type: '', answer: '', whom: '', to: '', note: '' };

/** What is the same from one visit to the next. */
export type Habits = Pick<Draft, 'way' | 'then' | 'office' | 'outcome'>;

const fiscalCode = /^[a-z]{6}[0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{3}[a-z]$/i;

/** Reads what somebody typed to find a person as what it most likely is. */
export function personOf(typed: string): Person {
  const text = typed.trim().replace(/\s+/g, ' ');
  const nobody: Person = { name: '', phone: '', email: '', fiscal_code: '' };
  if (fiscalCode.test(text.replace(/\s/g, ''))) return { ...nobody, fiscal_code: text };
  if (/^\S+@\S+$/.test(text)) return { ...nobody, email: text };
  if (/^[+\d][\d\s./-]{4,}$/.test(text)) return { ...nobody, phone: text };
  return { ...nobody, name: text };
}

/** What is missing before it can be saved. */
export function missing(draft: Draft): ('who' | 'text' | 'to' | 'whom')[] {
  const handed = draft.then === 'ask' || draft.then === 'transfer';
  return [
    ...(!draft.contact && !draft.anonymous && !given(draft) ? (['who'] as const) : []),
    ...(draft.text.trim() === '' ? (['text'] as const) : []),
    ...(handed && draft.to === '' ? (['to'] as const) : []),
    ...(draft.then === 'answered' && draft.outcome === 'forwarded' && draft.whom.trim() === '' ? (['whom'] as const) : []),
  ];
}

/** The person written down, who may be no more than what was typed to find somebody. */
function given(draft: Draft): NewPerson | undefined {
  const { known, ...person } = draft.person ?? personOf(draft.sought);
  const said = Object.fromEntries(Object.entries(person).filter(([, value]) => value.trim() !== ''));
  return Object.keys(said).length > 0 ? { ...said, ...(known && { known }) } : undefined;
}

/** The draft as the hub takes it. */
export function asTicket(draft: Draft): NewTicket {
  const person = draft.contact || draft.anonymous ? undefined : given(draft);
  const answered = draft.then === 'answered';
  const handed = draft.then === 'ask' || draft.then === 'transfer';
  return {
    way: draft.way,
    text: draft.text,
    then: draft.then,
    ...(draft.contact && { contact_id: draft.contact.id }),
    ...(person && { person }),
    ...(draft.type && { type: draft.type }),
    ...(draft.office && { office_id: draft.office }),
    ...(answered && { standing: { outcome: draft.outcome, ...(draft.outcome === 'forwarded' && { who: draft.whom }) } }),
    ...(answered && draft.answer.trim() && { answer: draft.answer }),
    ...(handed && { to_office_id: draft.to }),
    ...(handed && draft.note.trim() && { note: draft.note }),
  };
}

/** Whether anything was written that would be missed. */
export function begun(draft: Draft): boolean {
  return Boolean(draft.contact ?? draft.person) || [draft.sought, draft.text, draft.answer, draft.note].some((each) => each.trim() !== '');
}
