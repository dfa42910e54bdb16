import type * as Api from '../src/api/schema.gen.ts';
import { json, page, problem, type FakeHub, type Route } from './hub.ts';

/** Quarantine, failed and uncertain deliveries. */
export const decide: Route = async ({ request, url, parts, hub }) => {
  const [first, id, act] = parts;
  if (first === 'deliveries') {
    const state = url.searchParams.get('state');
    if (!id) return page(url, hub.world.tasks.filter((each) => each.state === state && !each.decided));
    const task = hub.world.tasks.find((each) => each.id === id);
    if (!task) return problem(404, 'not_found');
    return act ? delivery(hub, task, act, (await request.json()) as Api.DeliveryDecision) : json(task);
  }
  if (first !== 'quarantine') return undefined;
  if (!id) return page(url, hub.world.quarantine.filter(listed(url)));
  if (id === 'piles') return json({ items: piles(hub.world.quarantine) });
  if (id === 'decisions') {
    const decision = (await request.json()) as Api.QuarantineDecision;
    const { ids, matching, cursor } = decision;
    if (!matching) return json({ items: (ids ?? []).map((each) => decideOn(hub, each, decision)) });
    const all = hub.world.quarantine.filter((each) => each.state === 'open' && meant(each, matching) && (!cursor || each.received_at < cursor));
    const part = all.slice(0, 50);
    const items = part.map(({ id: which, from, subject }) => ({ ...decideOn(hub, which, decision), ...(from && { from }), ...(subject && { subject }) }));
    return json({ items, ...(all.length > part.length && { next: part.at(-1)?.received_at }) });
  }
  const item = hub.world.quarantine.find((each) => each.id === id);
  if (!item) return problem(404, 'not_found');
  return act ? quarantine(item, act) : json(item);
};

function delivery(hub: FakeHub, task: Api.DeliveryDetail, act: string, input: Api.DeliveryDecision): Response {
  task.decided = true;
  if (act === 'decision') task.decision = { outcome: input.outcome, reason: input.reason, actor: hub.world.me, at: new Date().toISOString() };
  hub.live.tell({ type: 'delivery', id: task.id, ticket: task.ticket });
  return json(task, act === 'retry' ? 201 : 200);
}

function quarantine(item: Api.QuarantineItem, act: string): Response {
  if (act === 'raw') return new Response(raw(item), { headers: { 'Content-Type': 'application/octet-stream' } });
  return problem(404, 'not_found');
}

function meant(item: Api.QuarantineItem, { reason, channel, until }: Api.QuarantineMatching): boolean {
  return (!reason || item.reason.code === reason) && (!channel || item.channel.id === channel) && (!until || item.received_at <= until);
}

function listed(url: URL): (item: Api.QuarantineItem) => boolean {
  const [state, reason, channel] = ['state', 'reason', 'channel'].map((each) => url.searchParams.get(each));
  return (item) => item.state === (state ?? 'open') && (!reason || item.reason.code === reason) && (!channel || item.channel.id === channel);
}

function piles(items: Api.QuarantineItem[]): Api.QuarantinePile[] {
  const found = new Map<string, Api.QuarantinePile>();
  for (const { state, reason, channel } of items) {
    if (state !== 'open') continue;
    const key = reason.code + channel.id;
    found.set(key, { reason: reason.code, channel, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

function decideOn(hub: FakeHub, id: string, { act, reason, ticket }: Api.QuarantineDecision): Api.QuarantineResult {
  const item = hub.world.quarantine.find((each) => each.id === id);
  if (!item) return { id, problem: 'not_found' };
  if (item.state !== (act === 'restore' ? 'discarded' : 'open')) return { id, problem: 'decided' };
  if (act === 'retry' && item.reason.code === 'no_header') return { id, problem: 'unreadable' };
  item.state = ({ retry: 'retrying', discard: 'discarded', restore: 'open', assign: 'filed', open: 'filed' } as const)[act];
  if (act === 'assign' && ticket) item.ticket = hub.find(ticket)?.ticket.number ?? ticket;
  if (act === 'open') item.ticket = hub.world.cases[0]?.ticket.number ?? '';
  if (reason) item.decision_reason = reason;
  const at = new Date().toISOString();
  if (act === 'discard') Object.assign(item, { decided_by: hub.world.me, decided_at: at });
  const name = ({ retry: 'retried', discard: 'discarded', restore: 'restored', assign: 'filed', open: 'opened' } as const)[act];
  item.acts = [...(item.acts ?? []), { act: name, by: hub.world.me, at, ...((reason ?? item.ticket) && { reason: reason ?? item.ticket ?? '' }) }];
  hub.live.tell({ type: 'quarantine', id });
  return { id, state: item.state, ...(item.ticket && { ticket: item.ticket }) };
}

function raw(item: Api.QuarantineItem): string {
  return [
    'Return-Path: <>', 'Received: from mx.example.it (mx.example.it [192.0.2.7])', `\tby mail.valdoria.example.it; ${item.received_at}`,
    `From: ${item.from ?? ''}`, `Subject: ${item.subject ?? ''}`, 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="=_a1"', '', '--=_a1',
    'Content-Type: text/plain; charset=x-mac-roman-it', '', item.preview ?? 'Perch\u00e9 non si legge \ufffd', '--=_a1--', '',
  ].join('\r\n');
}
