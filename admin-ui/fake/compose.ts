import type * as Api from '../src/api/schema.gen.ts';
import { json, problem, type FakeHub, type Route } from './hub.ts';
import { newId } from './random.ts';
import { addNote, addOutbound, iso, type Case } from './world.ts';

/** Drafts, replies, notes, uploads, calling back, joining. */
export const compose: Route = async (call) => {
  const { request, parts, hub } = call;
  const [first, id, part] = parts;
  if (first === 'uploads') return upload(call.url, await request.arrayBuffer());
  if (first === 'messages' && part === 'cancel') return cancel(hub, id);
  const it = first === 'tickets' ? hub.find(id) : undefined;
  if (!it) return undefined;
  switch (part) {
    case 'drafts':
      return draft(it, request, parts[3] as Api.DraftKind);
    case 'delivery-choice':
      return json(choice(hub, it));
    case 'notes':
      return note(hub, it, (await request.json()) as Api.Note);
    case 'replies':
      return reply(hub, it, (await request.json()) as Api.Reply);
    case 'suggestions':
      return suggestion(hub, it, (await request.json()) as Api.SuggestionDecision);
    default:
      return undefined;
  }
};

async function draft(it: Case, request: Request, kind: Api.DraftKind): Promise<Response> {
  if (request.method === 'PUT') it.drafts[kind] = { ...((await request.json()) as Api.DraftInput), updated_at: new Date().toISOString() };
  if (request.method === 'DELETE') it.drafts = Object.fromEntries(Object.entries(it.drafts).filter(([each]) => each !== kind));
  const kept = it.drafts[kind];
  return kept ? json(kept) : new Response(null, { status: 204 });
}

/** Where a reply would go: back to where the citizen wrote from, else to PEC. */
export function choice(hub: FakeHub, it: Case): Api.DeliveryChoice {
  const contact = hub.world.contacts.get(it.ticket.contact?.id ?? '');
  const channel = hub.world.channels[0];
  if (!contact || !channel) return { reason: { code: 'no_channel', params: {} }, cc: [], fallbacks: [], skipped: [], doubted: [] };
  const options = contact.addresses
    .filter((each) => each.kind === 'email' || each.kind === 'pec')
    .map((each): Api.DeliveryOption => ({
      channel: { id: channel.id, name: each.kind === 'pec' ? 'PEC istituzionale' : channel.name, kind: each.kind },
      to: { kind: each.kind, address: each.value, name: contact.name },
      reason: { code: each.preferred ? 'preferred' : 'last_used', params: {} },
    }));
  const [best, ...fallbacks] = options;
  const others = it.ticket.parties.filter((each) => each.role !== 'requester');
  return {
    ...(best && { choice: best }),
    reason: best?.reason ?? { code: 'no_channel', params: {} },
    cc: others.map(({ address, kind, name }) => ({ address, kind, ...(name && { name }) })),
    fallbacks,
    skipped: contact.addresses
      .filter((each) => each.kind === 'mobile')
      .map((each) => ({ to: { kind: each.kind, address: each.value }, reason: { code: 'no_channel', params: {} }, rank: 'next_usable', before: false })),
    doubted: [],
  };
}

function note(hub: FakeHub, it: Case, input: Api.Note): Response {
  const message = addNote(it, hub.world.me, input.text, hub.world.now());
  hub.changed(it.ticket.number);
  return json(message, 201);
}

function reply(hub: FakeHub, it: Case, input: Api.Reply): Response {
  const seen = it.messages.findIndex((each) => each.id === input.seen_message_id);
  const newer = it.messages.slice(seen + 1).some((each) => each.direction === 'inbound');
  if (input.seen_message_id && newer) return problem(409, 'newer_message');
  const delay = (input.delay_seconds ?? 0) * 1000;
  const message = addOutbound(hub.world, it, input.text, hub.world.now(), 'queued', { author: { id: hub.world.me.id, name: hub.world.me.name } });
  if (delay) message.cancel_until = iso(hub.world.now() + delay);
  if (input.cc) message.cc = input.cc.map(({ address, kind, name }) => ({ address, kind, ...(name && { name }) }));
  it.ticket.status = input.status ?? 'waiting_citizen';
  hub.changed(it.ticket.number);
  progress(hub, it, message, delay);
  return json(message, 201);
}

function progress(hub: FakeHub, it: Case, message: Api.Message, delay: number) {
  const steps: [number, Api.DeliveryState][] = [[delay, 'sending'], [delay + 1500, 'accepted'], [delay + 5000, 'delivered']];
  for (const [after, state] of steps) {
    setTimeout(() => {
      for (const each of message.deliveries) if (each.state !== 'cancelled') Object.assign(each, { state, attempts: 1, updated_at: iso(hub.world.now()) });
      hub.live.tell({ type: 'delivery', id: message.deliveries[0]?.id ?? '', ticket: it.ticket.number });
    }, after);
  }
}

function cancel(hub: FakeHub, id: string | undefined): Response {
  const it = hub.world.cases.find((each) => each.messages.some((message) => message.id === id));
  const message = it?.messages.find((each) => each.id === id);
  if (!it || !message) return problem(404, 'not_found');
  if (message.deliveries.some((each) => each.state !== 'queued')) return problem(409, 'too_late');
  for (const each of message.deliveries) each.state = 'cancelled';
  delete message.cancel_until;
  hub.changed(it.ticket.number);
  return json(message);
}

function suggestion(hub: FakeHub, it: Case, input: Api.SuggestionDecision): Response {
  const [offer] = it.ticket.suggestions;
  it.ticket.suggestions = [];
  it.ticket.attention = it.ticket.attention.filter((each) => each !== 'suggestion');
  const into = input.outcome === 'accept' ? hub.find(offer?.ticket) : undefined;
  if (into) into.ticket.joined = [...(into.ticket.joined ?? []), it.ticket.number];
  hub.changed(it.ticket.number);
  return json((into ?? it).ticket);
}

function upload(url: URL, bytes: ArrayBuffer): Response {
  if (bytes.byteLength > 25 * 1024 * 1024) return problem(413, 'too_large');
  const name = url.searchParams.get('name') ?? 'file';
  return json({ id: newId(), name, type: 'application/octet-stream', size: bytes.byteLength } satisfies Api.Upload, 201);
}
