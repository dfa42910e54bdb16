import { randomUUID } from 'node:crypto';
import { expect, inject } from 'vitest';
import type { Channel, DeliveryTask, Message, QuarantineItem, Reply, Ticket, TicketSummary } from '@/api/schema.gen';

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

/** Waits until the hub knows a ticket with this subject. */
export async function ticketAbout(subject: string): Promise<TicketSummary> {
  let found: TicketSummary | undefined;
  await expect
    .poll(
      async () => {
        found = (await ask<List<TicketSummary>>('GET', '/tickets?limit=50')).items.find((each) => each.subject === subject);
        return found?.subject;
      },
      { timeout: 15_000, message: `a ticket about «${subject}»` },
    )
    .toBe(subject);
  return found as TicketSummary;
}

/** One ticket as it is now. */
export function ticket(number: string): Promise<Ticket> {
  return ask('GET', `/tickets/${number}`);
}

/** The conversation of a ticket, oldest first. */
export async function messages(number: string): Promise<Message[]> {
  return (await ask<List<Message>>('GET', `/tickets/${number}/messages?limit=100`)).items;
}

/** Answers the citizen at once, without the time to undo. */
export function reply(number: string, body: Reply): Promise<Message> {
  return ask('POST', `/tickets/${number}/replies`, body);
}

/** Waits until the last answer on a ticket is in a state. */
export async function delivered(number: string, state: string): Promise<void> {
  await expect
    .poll(async () => (await messages(number)).filter((each) => each.direction === 'outbound' && !each.automatic).at(-1)?.deliveries.at(-1)?.state, {
      timeout: 25_000,
      message: `delivery on ${number}`,
    })
    .toBe(state);
}

/** Deliveries that wait for a decision. */
export async function undecided(state: 'failed' | 'uncertain'): Promise<DeliveryTask[]> {
  return (await ask<List<DeliveryTask>>('GET', `/deliveries?state=${state}`)).items;
}

/** Waits until an item with this subject waits in quarantine. */
export async function quarantined(subject: string): Promise<QuarantineItem> {
  let found: QuarantineItem | undefined;
  await expect
    .poll(
      async () => {
        found = (await ask<List<QuarantineItem>>('GET', '/quarantine')).items.find((each) => each.subject === subject);
        return found?.subject;
      },
      { timeout: 15_000, message: `«${subject}» in quarantine` },
    )
    .toBe(subject);
  return found as QuarantineItem;
}

/** The town's only channel. */
export async function channel(): Promise<Channel> {
  const [first] = (await ask<List<Channel>>('GET', '/channels')).items;
  if (!first) throw new Error('no channel');
  return first;
}
