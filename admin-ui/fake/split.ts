import type * as Api from '../src/api/schema.gen.ts';
import { json, problem, type FakeHub, type Route } from './hub.ts';
import { newId } from './random.ts';
import { numberOf, type Case } from './world.ts';

let made = 0;

/** Splitting a ticket, saying who the citizen is, and the mail policy. */
export const split: Route = async ({ request, parts, hub }) => {
  const [first, id, part, which] = parts;
  if (first === 'messages' && part === 'split') return splitOff(hub, id);
  if (first === 'tickets' && part === 'joined' && request.method === 'POST') return join(hub, hub.find(id), ((await request.json()) as Api.Join).ticket);
  if (first === 'tickets' && part === 'requester-proposals') return decide(hub, hub.find(id), which, (await request.json()) as Api.SuggestionDecision);
  if (first === 'mail-policy') return policy(hub, request);
  if (first === 'terms') return terms(hub, request, id === 'preview');
  return undefined;
};

function splitOff(hub: FakeHub, id: string | undefined): Response {
  const it = hub.world.cases.find((each) => each.messages.some((message) => message.id === id));
  const message = it?.messages.find((each) => each.id === id);
  if (!it || !message) return problem(404, 'not_found');
  const number = numberOf(9000 + ++made);
  it.messages = it.messages.filter((each) => each !== message);
  const ticket: Api.Ticket = {
    ...it.ticket, number, subject: message.subject.replace(/^R: /, ''), joined: [], suggestions: [], message_count: 1, preview: message.text,
    links: [{ kind: 'split', later: false, ticket: it.ticket.number, subject: it.ticket.subject, status: it.ticket.status }],
  };
  it.ticket.links = [...it.ticket.links, { kind: 'split', later: true, ticket: number, subject: ticket.subject, status: ticket.status }];
  hub.world.cases.push({ ticket, messages: [{ ...message, ticket: number, flags: [], threading_reason: 'split' }], events: [], drafts: {} });
  hub.changed(it.ticket.number);
  return json(ticket);
}

function join(hub: FakeHub, it: Case | undefined, other: string): Response {
  const from = hub.find(other);
  if (!it || !from) return problem(404, 'not_found');
  it.ticket.joined = [...it.ticket.joined, other];
  it.ticket.links = it.ticket.links.filter((each) => each.ticket !== other);
  it.messages.push(...from.messages);
  hub.changed(it.ticket.number);
  return json(it.ticket);
}

function decide(hub: FakeHub, it: Case | undefined, which: string | undefined, { outcome }: Api.SuggestionDecision): Response {
  const proposal = it?.ticket.requester_proposals.find((each) => each.id === which);
  if (!it || !proposal) return problem(409, 'too_late');
  it.ticket.requester_proposals = [];
  it.ticket.attention = [];
  if (outcome === 'accept') it.ticket.contact = { id: newId(), name: proposal.requester.name ?? proposal.requester.address };
  hub.changed(it.ticket.number);
  return json(it.ticket);
}

let keptTerms: Api.TermPolicy[] = [
  { first: { amount: 1, unit: 'days', worked: true }, next: { amount: 2, unit: 'days', worked: true }, resolve: { amount: 30, unit: 'days', worked: false }, warn_percent: 75 },
  { priority: 4, first: { amount: 2, unit: 'hours', worked: true }, resolve: { amount: 5, unit: 'days', worked: true }, warn_percent: 50 },
];

async function terms(hub: FakeHub, request: Request, trial: boolean): Promise<Response> {
  const policies = request.method === 'GET' ? keptTerms : ((await request.json()) as Api.TermsChange).policies;
  const bad = policies.flatMap((each, i) => (['first', 'next', 'resolve'] as const).filter((target) => each[target] && each[target].amount <= 0).map((target) => `policies.${i}.${target}`));
  if (bad[0]) return problem(422, 'invalid', { fields: [{ field: bad[0], code: 'terms_amount' }] });
  if (!trial) keptTerms = policies;
  const end = (term?: Api.Term) => term && new Date(hub.world.now() + term.amount * ({ minutes: 1, hours: 60, days: 1440 }[term.unit] ?? 1) * 60_000).toISOString();
  const ends = policies.map(({ first, next, resolve }) => JSON.parse(JSON.stringify({ first: end(first), next: end(next), resolve: end(resolve) })) as Api.TermEnds);
  return json({ policies, ends, revision: JSON.stringify(policies).length.toString() } satisfies Api.Terms);
}

let kept: Api.MailPolicyChange = { reopen_days: 30, mail_domains: ['comune.valdoria.example.it'], offices: [] };

async function policy(hub: FakeHub, request: Request): Promise<Response> {
  if (request.method === 'PUT') kept = (await request.json()) as Api.MailPolicyChange;
  const days = new Map(kept.offices.map((each) => [each.id, each.reopen_days]));
  const offices = hub.world.offices.map(({ id, name }): Api.OfficePolicy => {
    const own = days.get(id);
    return { id, name, ...(own !== undefined && { reopen_days: own }) };
  });
  return json({ ...kept, offices } satisfies Api.MailPolicy);
}
