import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type {
  AuditEntry,
  Channel,
  Contact,
  DeliveryState,
  DeliveryTask,
  Message,
  OfficeDetail,
  QuarantineItem,
  Reply,
  Ticket,
  TicketSummary,
} from '@/api/schema.gen';
import { until } from './until';

const demo = inject('demo');

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${demo.internal_url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${demo.api_token}`,
      ...(method === 'POST' && { 'Idempotency-Key': randomUUID() }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

interface List<T> {
  items: T[];
}

/** Waits until the hub knows a ticket with this subject, which no other test has: all of them share one town. */
export function ticketAbout(subject: string): Promise<TicketSummary> {
  return until(`ticket about «${subject}»`, async () => {
    const { items } = await ask<List<TicketSummary>>('GET', '/tickets?limit=20');
    return { found: items.find((each) => each.subject === subject), seen: items.slice(0, 3).map((each) => each.subject) };
  });
}

/** The conversation of a ticket, oldest first. */
export async function messages(number: string): Promise<Message[]> {
  return (await ask<List<Message>>('GET', `/tickets/${number}/messages?limit=50`)).items;
}

/** Gives the citizens of tickets one codice fiscale, as somebody would who typed it on both cards. */
export async function sameCode(code: string, ...numbers: string[]): Promise<void> {
  for (const number of numbers) {
    const { contact } = await ask<Ticket>('GET', `/tickets/${number}`);
    const { id, version } = await ask<Contact>('GET', `/contacts/${contact?.id}`);
    await ask('PATCH', `/contacts/${id}`, { version, fiscal_code: code });
  }
}

/** Makes an office that never closes, and invites people who work at it. */
export async function officeOf(name: string, people: readonly { login: string; name: string }[]): Promise<string> {
  const { entry } = await ask<OfficeDetail>('POST', '/offices', { name, confidential: false });
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  await ask('PUT', `/offices/${entry.id}/calendar`, { hours: days.map((day) => ({ day, from: '00:00', to: '24:00' })), closures: [] });
  for (const each of people) await ask('POST', '/people', { ...each, role: 'back_office', offices: [entry.id] });
  return entry.id;
}

/** Hands tickets over to an office. */
export async function handOver(office: string, ...numbers: string[]): Promise<void> {
  for (const number of numbers) {
    const { version } = await ask<Ticket>('GET', `/tickets/${number}`);
    await ask('PATCH', `/tickets/${number}`, { version, office_id: office });
  }
}

/** Who is in the log as having opened a ticket, by name; without the script that prepares the tests. */
export async function openedBy(number: string): Promise<string[]> {
  const { items } = await ask<List<AuditEntry>>('GET', `/audit?kind=read&object=tickets/${number}`);
  return items.flatMap((row) => (row.actor.startsWith('operator:') ? (row.actor_name ?? row.actor) : []));
}

/** Answers the citizen at once, without the time to undo. */
export function reply(number: string, body: Reply): Promise<Message> {
  return ask('POST', `/tickets/${number}/replies`, body);
}

/** Waits until the last answer on a ticket is in a state. */
export function delivered(number: string, state: DeliveryState): Promise<true> {
  return lastIn(number, state, (each) => !each.automatic);
}

/** Waits until the mail server has taken the town's confirmation of a request. */
export function confirmed(number: string): Promise<true> {
  return lastIn(number, 'accepted', (each) => each.class === 'acknowledgement');
}

function lastIn(number: string, state: DeliveryState, which: (message: Message) => boolean): Promise<true> {
  return until(`delivery in state ${state}`, async () => {
    const last = (await messages(number))
      .filter((each) => each.direction === 'outbound' && which(each))
      .at(-1)
      ?.deliveries.at(-1);
    return { found: last?.state === state || undefined, seen: last };
  });
}

/** Deliveries that wait for a decision. */
export async function undecided(state: 'failed' | 'uncertain'): Promise<DeliveryTask[]> {
  return (await ask<List<DeliveryTask>>('GET', `/deliveries?state=${state}`)).items;
}

/** Waits until an item with this subject waits in quarantine. */
export function quarantined(subject: string): Promise<QuarantineItem> {
  return until(`«${subject}» in quarantine`, async () => {
    const { items } = await ask<List<QuarantineItem>>('GET', '/quarantine');
    return { found: items.find((each) => each.subject === subject), seen: items.map((each) => each.subject) };
  });
}

/** The town's mailbox. */
export async function channel(): Promise<Channel> {
  const mailbox = (await ask<List<Channel>>('GET', '/channels')).items.find((each) => each.kind === 'email');
  if (!mailbox) throw new Error('no channel');
  return mailbox;
}
