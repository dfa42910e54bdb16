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
  if (!id) return page(url, hub.world.quarantine.filter((each) => each.state === 'open'));
  const item = hub.world.quarantine.find((each) => each.id === id);
  if (!item) return problem(404, 'not_found');
  return act ? quarantine(hub, item, act, request) : json(item);
};

function delivery(hub: FakeHub, task: Api.DeliveryDetail, act: string, input: Api.DeliveryDecision): Response {
  task.decided = true;
  if (act === 'decision') task.decision = { outcome: input.outcome, reason: input.reason, actor: hub.world.me, at: new Date().toISOString() };
  hub.live.tell({ type: 'delivery', id: task.id, ticket: task.ticket });
  return json(task, act === 'retry' ? 201 : 200);
}

async function quarantine(hub: FakeHub, item: Api.QuarantineItem, act: string, request: Request): Promise<Response> {
  if (act === 'raw') return new Response(raw(item), { headers: { 'Content-Type': 'application/octet-stream' } });
  if (item.state !== 'open') return problem(409, 'conflict');
  if (act === 'retry') item.state = 'retrying';
  if (act === 'discard') {
    item.state = 'discarded';
    item.decision_reason = ((await request.json()) as Api.QuarantineDiscard).reason;
  }
  if (act === 'assign') {
    const { ticket } = (await request.json()) as Api.QuarantineAssign;
    const it = ticket ? hub.find(ticket) : hub.world.cases[0];
    if (!it) return problem(404, 'not_found');
    item.state = 'filed';
    item.ticket = it.ticket.number;
  }
  hub.live.tell({ type: 'quarantine', id: item.id });
  return json(item);
}

function raw(item: Api.QuarantineItem): string {
  return [
    'Return-Path: <>', 'Received: from mx.example.it (mx.example.it [192.0.2.7])', `\tby mail.valdoria.example.it; ${item.received_at}`,
    `From: ${item.from ?? ''}`, `Subject: ${item.subject ?? ''}`, 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="=_a1"', '', '--=_a1',
    'Content-Type: text/plain; charset=x-mac-roman-it', '', item.preview ?? 'Perch\u00e9 non si legge \ufffd', '--=_a1--', '',
  ].join('\r\n');
}
