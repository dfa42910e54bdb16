import type * as Api from '../src/api/schema.gen.ts';
import { belongs, compare, type TicketFilter } from '../src/features/ticket/queue.ts';
import { compose } from './compose.ts';
import { decide } from './decide.ts';
import { challengeOf, factor, secondStep } from './factor.ts';
import { split } from './split.ts';
import { LiveLine } from './live-line.ts';
import type { Case, World } from './world.ts';

/** What a route is given. */
export interface Call {
  request: Request;
  url: URL;
  parts: readonly string[];
  hub: FakeHub;
}

/** A route: nothing when the address is not its own. */
export type Route = (call: Call) => Response | undefined | Promise<Response | undefined>;

/** The hub's API in memory, for looking at screens and for tests; typed by the same description as the client. */
export class FakeHub {
  readonly world: World;
  readonly live = new LiveLine();
  signedIn = true;
  password = 'valdoria';
  /** Whether whoever is signed in has a second factor. */
  secondFactor = false;
  /** Answers given before any route; a test takes over a route with it. */
  readonly overrides: Route[] = [];
  /** Requests as they came, `POST /tickets/…/replies`. */
  readonly heard: string[] = [];
  /** Milliseconds each answer takes. */
  delay = 0;
  /** While false, every request fails as without a network. */
  reachable = true;

  constructor(world: World) {
    this.world = world;
  }

  /** Answers one request. */
  readonly handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const parts = url.pathname.replace(/^\/api\/v1\//, '').split('/').map(decodeURIComponent);
    this.heard.push(`${request.method} /${parts.join('/')}`);
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (!this.reachable) throw new TypeError('no network');
    const call = { request, url, parts, hub: this };
    for (const route of [...this.overrides, secondStep, session]) {
      const answer = await route(call);
      if (answer) return answer;
    }
    if (!this.signedIn) return problem(401, 'unauthenticated');
    for (const route of [split, tickets, compose, decide, factor, directory]) {
      const answer = await route(call);
      if (answer) return answer;
    }
    return problem(404, 'not_found');
  };

  /** The case with a number. */
  find(number: string | undefined): Case | undefined {
    return this.world.cases.find((each) => each.ticket.number === number);
  }

  /** Tells everybody that a ticket changed. */
  changed(number: string) {
    this.live.tell({ type: 'ticket', id: '01930000-0000-7000-8000-000000000000', ticket: number });
  }
}

/** A JSON answer. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json' } });
}

/** A problem document. */
export function problem(status: number, code: string, more: Partial<Api.Problem> = {}, headers: Record<string, string> = {}): Response {
  const body: Api.Problem = { type: 'about:blank', title: code, status, code, request_id: 'req-7f3a', ...more };
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });
}

/** One page of a list; the cursor is the place in it. */
export function page<T>(url: URL, all: readonly T[]): Response {
  const limit = Number(url.searchParams.get('limit') ?? 50);
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const next = from + limit < all.length ? { next: String(from + limit) } : {};
  return json({ items: all.slice(from, from + limit), ...next });
}

const session: Route = async ({ request, parts, hub }) => {
  const [first] = parts;
  if (first === 'town') return json(hub.world.town);
  if (first === 'live') return hub.signedIn ? hub.live.open(request.signal) : problem(401, 'unauthenticated');
  if (first !== 'session') return undefined;
  if (request.method === 'DELETE') {
    hub.signedIn = false;
    return new Response(null, { status: 204 });
  }
  if (request.method === 'POST') {
    const { login, password } = (await request.json()) as Api.SignIn;
    if (password === 'troppi') return problem(429, 'rate_limited', {}, { 'Retry-After': '25' });
    if (password !== hub.password) return problem(401, 'unauthenticated');
    const more = challengeOf(login);
    if (more) return more;
    hub.signedIn = true;
  }
  return hub.signedIn ? json({ ...hub.world.sessions[0], operator: hub.world.me }) : problem(401, 'unauthenticated');
};

const tickets: Route = async ({ request, url, parts, hub }) => {
  const { world } = hub;
  const [first, number, part] = parts;
  if (first !== 'tickets') return undefined;
  if (!number) return page(url, list(world, readFilter(url), url.searchParams.get('number')?.split(',')));
  if (number === 'counts') return json(counts(world));
  if (number === 'acts' && part === 'undo') return json(undoActs(hub, ((await request.json()) as Api.TicketsSeen).tickets));
  if (number === 'acts') return json(actOnMany(hub, (await request.json()) as Api.TicketActs));
  const it = hub.find(number);
  if (!it) return problem(404, 'not_found');
  if (!part && request.method === 'GET') return json(it.ticket);
  if (!part && request.method === 'PATCH') return patch(hub, it, (await request.json()) as Api.TicketPatch);
  if (part === 'messages') return page(url, url.searchParams.get('order') === 'newest' ? it.messages.toReversed() : it.messages);
  if (part === 'events') return page(url, it.events);
  if (part === 'mentionable') return json({ items: mentionable(world) });
  return undefined;
};

/** Everybody but oneself; the police do not see the ticket. */
function mentionable(world: World): Api.Mentionable[] {
  const colleagues = world.operators.filter((each) => each.id !== world.me.id);
  return [
    ...colleagues.map(({ id, name }) => ({ operator_id: id, name, sees: true })),
    ...world.offices.map(({ id, name }) => ({ office_id: id, name, sees: name !== 'Polizia locale' })),
  ];
}

/** Everybody with access; asked about offices, who works there: all but the last. */
function colleagues(world: World, url: URL): Api.Colleague[] {
  return world.operators.map((each, at) => ({ ...each, ...(url.searchParams.has('office') && { works: at < world.operators.length - 1 }) }));
}

function readFilter(url: URL): TicketFilter {
  const get = (name: string) => url.searchParams.get(name) ?? undefined;
  return {
    queue: (get('queue') ?? 'all') as TicketFilter['queue'],
    order: (get('order') ?? 'waiting') as TicketFilter['order'],
    status: get('status')?.split(',') as Api.TicketStatus[] | undefined,
    office: get('office'),
    tag: get('tag'),
    type: get('type'),
    outcome: get('outcome') as Api.Outcome | undefined,
    q: get('q'),
  };
}

function list(world: World, filter: TicketFilter, numbers?: readonly string[]): Api.Ticket[] {
  const all = world.cases.map((each) => each.ticket).filter((each) => !numbers || numbers.includes(each.number));
  return all.filter((ticket) => belongs(filter, ticket, world.me)).sort((a, b) => compare(filter.order, a, b));
}

function counts(world: World): Api.Counts {
  const of = (queue: TicketFilter['queue']) => Math.min(1000, list(world, { queue, order: 'newest' }).length);
  const tasks = (state: Api.DeliveryState) => world.tasks.filter((each) => each.state === state && !each.decided).length;
  return {
    mine: of('mine'), unassigned: of('unassigned'), office: of('office'), waiting: of('waiting'), attention: of('attention'), all: of('all'), snoozed: of('snoozed'),
    quarantine: world.quarantine.filter((each) => each.state === 'open').length, failed: tasks('failed'), uncertain: tasks('uncertain'),
    overdue: list(world, { queue: 'office', order: 'due' }).filter((each) => Date.parse(each.clocks?.due_at ?? '') < world.now()).length,
    asked: 0, answered: 0, mentions: 0,
  };
}

/** One act on many: each by the rules of a single one. */
function actOnMany(hub: FakeHub, { tickets, act }: Api.TicketActs): Api.TicketActResults {
  return {
    items: tickets.map(({ number, version }): Api.TicketActResult => {
      const it = hub.find(number);
      const refused = (status: number, code: string): Api.TicketActResult => ({
        number, outcome: code === 'stale' ? 'stale' : 'refused', problem: { type: 'about:blank', title: code, status, code },
      });
      if (!it) return refused(404, 'not_found');
      if (version !== it.ticket.version) return refused(409, 'stale');
      const was = structuredClone(it.ticket);
      patch(hub, it, { ...act, version });
      if (it.ticket.version === version) return { number, outcome: 'unchanged', version };
      before.set(number, was);
      return { number, outcome: 'done', version: it.ticket.version };
    }),
  };
}

/** What tickets were before the last act on many. */
const before = new Map<string, Api.Ticket>();

function undoActs(hub: FakeHub, tickets: readonly Api.SeenTicket[]): Api.TicketActResults {
  return {
    items: tickets.map(({ number, version }): Api.TicketActResult => {
      const it = hub.find(number);
      const was = before.get(number);
      if (!it || !was || version !== it.ticket.version) return { number, outcome: 'stale', problem: { type: 'about:blank', title: 'stale', status: 409, code: 'stale' } };
      it.ticket = { ...was, version: version + 1 };
      hub.changed(number);
      return { number, outcome: 'done', version: version + 1 };
    }),
  };
}

function patch(hub: FakeHub, it: Case, change: Api.TicketPatch): Response {
  const { ticket } = it;
  if (change.version !== ticket.version) return problem(409, 'stale');
  const { world } = hub;
  const was = JSON.stringify(ticket);
  if (change.status && change.status !== ticket.status) delete ticket.standing;
  if (change.status) ticket.status = change.status;
  if (change.standing) ticket.standing = change.standing;
  if (change.priority) ticket.priority = change.priority;
  if (change.snooze) Object.assign(ticket, { snoozed_until: change.snooze.until ?? new Date(world.now() + 86_400_000).toISOString(), snoozed_by: world.me.id });
  if (change.wake) delete ticket.snoozed_until;
  ticket.tags = [...new Set([...ticket.tags.filter((each) => !change.remove_tags?.includes(each)), ...(change.add_tags ?? [])])];
  if (change.type !== undefined) ticket.type = change.type;
  if (change.status && change.status !== 'open') delete ticket.waiting_since;
  if (change.unassign) delete ticket.assignee;
  const office = world.offices.find((each) => each.id === change.office_id);
  if (office) {
    ticket.office = { id: office.id, name: office.name };
    delete ticket.assignee;
  }
  const operator = world.operators.find((each) => each.id === change.assignee_id);
  if (operator) ticket.assignee = operator;
  if (operator && ticket.status === 'new') ticket.status = 'open';
  if (JSON.stringify(ticket) === was) return json(ticket);
  ticket.version++;
  hub.changed(ticket.number);
  return json(ticket);
}

const directory: Route = async ({ request, url, parts, hub }) => {
  const { world } = hub;
  const [first, id, part] = parts;
  switch (first) {
    case 'me':
      if (request.method === 'PATCH') Object.assign(world.me, await request.json());
      return id === 'password' ? new Response(null, { status: 204 }) : json(world.me);
    case 'sessions':
      if (request.method === 'DELETE') world.sessions = world.sessions.filter((each) => each.id !== id);
      return request.method === 'DELETE' ? new Response(null, { status: 204 }) : json({ items: world.sessions });
    case 'offices':
      if (part === 'identity') return json({ sender: 'Comune di Valdoria – URP', sender_name: '', signature: 'URP\nPiazza del Municipio 1', by_channel: [{ kind: 'sms', sender_name: '', signature: 'URP' }] } satisfies Api.OfficeIdentity);
      return json({ items: world.offices });
    case 'tags':
      return tag(world, request, id, part);
    case 'request-types':
      return type(world, request, id, part);
    case 'operators':
      if (part === 'absences') return json({ items: [] } satisfies Api.AbsenceList);
      return json({ items: colleagues(world, url) });
    case 'contacts':
      if (part === 'tickets') return page(url, world.cases.filter((each) => each.ticket.contact?.id === id).map((each) => each.ticket));
      if (part === 'relations') return json({ items: [] });
      if (part === 'consents') return consent(world.contacts.get(id ?? ''), request);
      if (part === 'duplicates') return json({ items: likeness(world.contacts.get(id ?? '')) });
      if (part === 'merged') return json(merge(world.contacts.get(id ?? ''), request.method === 'POST'));
      if (request.method === 'PATCH' && !part) writeCard(world.contacts.get(id ?? ''), (await request.json()) as Api.ContactPatch);
      return json(world.contacts.get(id ?? ''));
    case 'channels':
      return channel(hub, request, id, part);
    case 'messages':
      if (url.pathname.endsWith('/html/contents')) return json(contents);
      return part === 'html' ? html(url) : new Response('From: ...', { headers: { 'Content-Type': 'application/octet-stream' } });
    default:
      return undefined;
  }
};

/** Lists, makes, changes and orders types of request. */
async function type(world: World, request: Request, code: string | undefined, part: string | undefined): Promise<Response> {
  if (part === 'uses') return json({ rules: ['Buche'], terms: 1 });
  if (request.method === 'GET') return json({ items: world.types });
  const given = (await request.json()) as Partial<Api.RequestType> & { codes?: string[] };
  if (given.codes) {
    world.types = given.codes.flatMap((each) => world.types.find((known) => known.code === each) ?? []);
    return json({ items: world.types });
  }
  const found = world.types.find((each) => each.code === code);
  if (found) return json(Object.assign(found, given));
  const made: Api.RequestType = { code: (given.labels?.['it'] ?? '').toLowerCase(), retired: false, labels: {}, ...given };
  world.types.push(made);
  return json(made, 201);
}

/** Lists, makes and changes tags. */
async function tag(world: World, request: Request, id: string | undefined, part: string | undefined): Promise<Response> {
  if (part === 'uses') return json({ rules: ['Nevicate'] });
  if (request.method === 'GET') return json({ items: world.tags });
  const given = (await request.json()) as Partial<Api.Tag>;
  const found = world.tags.find((each) => each.id === id);
  if (found) return json(Object.assign(found, given));
  const made: Api.Tag = { id: crypto.randomUUID(), colour: 'grey', retired: false, name: '', ...given };
  world.tags.push(made);
  return json(made, 201);
}

/** One who may be the same, until the two are merged. */
function likeness(contact: Api.Contact | undefined): Api.Duplicate[] {
  if (!contact?.fiscal_code || contact.merged.length > 0) return [];
  return [{ id: 'twin', name: `${contact.name.charAt(0)}. ${contact.name.split(' ').at(-1)}`, reasons: [{ code: 'same_fiscal_code', params: { value: contact.fiscal_code } }] }];
}

function merge(contact: Api.Contact | undefined, together: boolean) {
  if (contact) contact.merged = together ? [{ id: 'twin', name: 'A. Bianchi', merged_at: new Date().toISOString() }] : [];
  return contact;
}

/** Notes what was said; the latest word on a category takes the place of the one before. */
async function consent(contact: Api.Contact | undefined, request: Request) {
  if (!contact || request.method === 'GET') return json({ items: contact?.consents ?? [] });
  const { version: _, ...said } = (await request.json()) as Api.ConsentInput;
  const words = [{ ...said, recorded_at: new Date().toISOString() }, ...contact.consents.filter((each) => each.category !== said.category)];
  return json(Object.assign(contact, { consents: words, version: contact.version + 1 }));
}

function writeCard(contact: Api.Contact | undefined, patch: Api.ContactPatch) {
  if (contact) Object.assign(contact, patch, { version: contact.version + 1 });
}

function channel(hub: FakeHub, request: Request, id: string | undefined, act: string | undefined): Response {
  const found = hub.world.channels.find((each) => each.id === id);
  if (!id) return json({ items: new URL(request.url).searchParams.get('archived') === 'true' ? [] : hub.world.channels });
  if (act === 'survey') return new Response(null, { status: 204 });
  if (!found) return problem(404, 'not_found');
  if (request.method === 'POST') {
    found.state = act === 'pause' ? 'paused' : 'running';
    found.since = new Date().toISOString();
    delete found.problem;
    delete found.problem_text;
  }
  return json(found);
}

const contents: Api.MessageContents = {
  height: 160,
  links: [
    { text: 'il modulo', url: 'https://www.comune.valdoria.example.it/modulistica', host: 'www.comune.valdoria.example.it', pretends: false },
    { text: 'www.banca.example', url: 'https://spy.example/login', host: 'spy.example', pretends: true },
  ],
  remote: { pictures: 2, trackers: 1, backgrounds: 0, hosts: ['img.example', 'spy.example', 'cdn.example'] },
};

function html(url: URL): Response {
  const dark = url.searchParams.get('theme') === 'dark';
  const colours = dark ? 'background:#1d2422;color:#e6ece8' : 'background:#fff;color:#1b2421';
  const text = `<!doctype html><meta charset="utf-8"><body style="${colours};font:15px/1.5 sans-serif"><p>Grazie mille, ecco il <b>modulo compilato</b>.</p><table border="1" cellpadding="4"><tr><td>Marca da bollo</td><td>01234567890123</td></tr></table>`;
  return new Response(text, { headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox" } });
}
