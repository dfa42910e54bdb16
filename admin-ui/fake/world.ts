import type * as Api from '../src/api/schema.gen.ts';
import { checkDigit } from '../src/features/ticket/number.ts';
import { letters, people, type Letter } from './letters.ts';
import { Dice, newId } from './random.ts';

/** One ticket with everything on it. */
export interface Case {
  ticket: Api.Ticket;
  messages: Api.Message[];
  events: Api.TicketEvent[];
  drafts: Partial<Record<Api.DraftKind, Api.Draft>>;
}

/** Everything the fake hub knows. */
export interface World {
  now: () => number;
  me: Api.Me;
  town: Api.Town;
  offices: Api.Office[];
  operators: Api.OperatorRef[];
  channels: Api.Channel[];
  cases: Case[];
  contacts: Map<string, Api.Contact>;
  quarantine: Api.QuarantineItem[];
  tasks: Api.DeliveryDetail[];
  sessions: Api.Session[];
  tags: Api.Tag[];
  types: Api.RequestType[];
}

const minute = 60_000;
const hour = 60 * minute;

/** The number of the n-th ticket of a year. */
export function numberOf(n: number, year = 2026): string {
  const sequence = String(n).padStart(6, '0');
  return `${year}-${sequence}-${checkDigit(`${year}${sequence}`)}`;
}

const offices = ['Anagrafe e Stato civile', 'Ufficio Tributi', 'Lavori pubblici e Ambiente', 'Scuola e Servizi sociali', 'Polizia locale', 'Edilizia privata'];
const colleagues = ['Lucia Ferri', 'Davide Rinaldi', 'Sara Bruni', 'Antonio Greco', 'Paola Vitale', 'Matteo Serra', 'Giulia Fontana', 'Roberto Neri', 'Ilaria Costa'];

/** Builds a town with so many tickets. */
export function buildWorld(count: number, now: () => number = Date.now): World {
  const dice = new Dice(7);
  const officeList = offices.map((name, index): Api.Office => ({ id: newId(), name, mine: index < 2, workable: true }));
  const operators = colleagues.map((name): Api.OperatorRef => ({ id: newId(), name }));
  const channels = makeChannels(now());
  const contacts = new Map(people.map(([name, address]) => makeContact(name, address, now())).map((each) => [each.id, each]));
  const first = operators[0];
  if (!first) throw new Error('no operators');
  const world: World = {
    now,
    me: makeMe(first, officeList),
    town: { name: 'Comune di Valdoria', time_zone: 'Europe/Rome', languages: ['it', 'en'] },
    offices: officeList,
    operators,
    channels,
    cases: [],
    contacts,
    quarantine: [],
    tasks: [],
    sessions: [],
    types: [
      { code: 'information', labels: { it: 'Informazione', en: 'Information' }, retired: false },
      { code: 'report', labels: { it: 'Segnalazione', en: 'Report' }, retired: false },
    ],
    tags: [],
  };
  for (let n = 0; n < count; n++) world.cases.push(makeCase(world, dice, n, count));
  return world;
}

function makeMe(who: Api.OperatorRef, all: readonly Api.Office[]): Api.Me {
  return {
    kind: 'operator',
    id: who.id,
    login: 'lucia',
    name: who.name,
    role: 'administrator',
    language: 'it',
    theme: 'system',
    offices: all.filter((each) => each.mine).map(({ id, name }) => ({ id, name })),
    actions: [
      'ticket.list', 'mention.read', 'quarantine.read', 'delivery.read', 'channel.read',
      'ticket.update', 'ticket.reply', 'ticket.note', 'contact.update', 'ticket.join', 'ticket.split', 'policy.manage', 'policy.read', 'suggestion.decide', 'quarantine.decide', 'delivery.decide', 'channel.manage', 'draft.write', 'message.cancel', 'upload.create',
    ],
  };
}

function makeContact(name: string, address: string, now: number): Api.Contact {
  const at = (kind: Api.AddressKind, value: string, more: Partial<Api.Address> = {}): Api.Address => ({
    id: newId(), kind, value, verified: false, preferred: false, shared: false, ...more,
  });
  const organisation = /S\.r\.l\.|Studio/.test(name);
  const phone = name.length % 3 === 0 ? [at('mobile', `+39 347 555 0${100 + name.length}`)] : [];
  const pec = organisation ? [at('pec', address.replace('@', '@pec.'), { verified: true })] : [];
  return { id: newId(), version: 1, merged: [], consents: [], kind: organisation ? 'organisation' : 'person', name, addresses: [at('email', address, { verified: true, preferred: !organisation }), ...pec, ...phone], created_at: iso(now - 200 * 24 * hour) };
}

function makeChannels(now: number): Api.Channel[] {
  const base = { sends: true, receives: true, authenticates: true, since: iso(now - 9 * 24 * hour) };
  return [
    { ...base, id: newId(), name: 'Posta URP', kind: 'email', address: 'urp@comune.valdoria.example.it', state: 'running', last_in_at: iso(now - 3 * minute), last_out_at: iso(now - 11 * minute) },
    { ...base, id: newId(), name: 'Posta Tributi', kind: 'email', address: 'tributi@comune.valdoria.example.it', state: 'suspended', since: iso(now - 50 * minute), last_in_at: iso(now - 52 * minute), last_out_at: iso(now - 2 * hour), problem: { code: 'imap.auth', params: {} }, problem_text: 'NO [AUTHENTICATIONFAILED] Authentication failed.' },
    { ...base, id: newId(), name: 'Posta Scuola', kind: 'email', address: 'scuola@comune.valdoria.example.it', state: 'running', authenticates: false, last_in_at: iso(now - 26 * hour) },
  ];
}

/** A moment as the API writes it. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

function makeCase(world: World, dice: Dice, n: number, count: number): Case {
  const letter = letters[n % letters.length] ?? dice.pick(letters);
  const contact = [...world.contacts.values()][(n * 5 + Math.floor(n / 16)) % world.contacts.size];
  const office = world.offices[letter.office];
  if (!contact || !office) throw new Error('incomplete world');
  const opened = world.now() - Math.round((0.07 + n * 0.9 + (n % 5) * 0.31) * hour);
  const over = n > count * 0.55 || n % 9 === 8;
  const answered = over || (letter.answer !== undefined && n % 2 === 0) || (n > 50 && n % 11 !== 0);
  const assignee = n % 3 === 0 ? world.operators[0] : n % 3 === 1 ? undefined : dice.pick(world.operators.slice(1));
  const number = numberOf(4200 - n);
  const it: Case = { ticket: emptyTicket(number, letter, contact, office, opened), messages: [], events: [], drafts: {} };
  if (assignee) it.ticket.assignee = assignee;
  addEvent(it, 'opened', { number }, opened);
  addInbound(world, it, letter.text, opened, { threading_reason: n % 11 === 3 ? 'new_suggested' : 'new', sender_authenticated: n % 7 !== 2 });
  if (answered) {
    addOutbound(world, it, letter.answer ?? 'Buongiorno,\nla richiesta è stata evasa. Restiamo a disposizione.\n\nCordiali saluti', opened + 50 * minute, 'delivered');
    if (letter.back && !over) addInbound(world, it, letter.back, opened + 95 * minute, { threading_reason: 'token', sender_authenticated: true });
  }
  settle(it, over ? (n % 2 ? 'resolved' : 'closed') : undefined);
  return it;
}

function emptyTicket(number: string, letter: Letter, contact: Api.Contact, office: Api.Office, opened: number): Api.Ticket {
  return {
    number, subject: letter.subject, status: 'new', contact: { id: contact.id, name: contact.name }, office: { id: office.id, name: office.name },
    priority: 2, message_count: 0, preview: '', version: 1, last_message_at: iso(opened), created_at: iso(opened), updated_at: iso(opened), attention: [],
    tags: [],
    joined: [], links: [], requester_proposals: [], shared_only: false, asks: [],
    parties: [{ contact_id: contact.id, name: contact.name, address: contact.addresses[0]?.value ?? '', kind: 'email', role: 'requester' }], suggestions: [],
  };
}

/** Adds a change to a ticket's history. */
export function addEvent(it: Case, type: string, params: Record<string, string>, at: number, actor?: Api.OperatorRef) {
  it.events.push({ id: newId(), ticket: it.ticket.number, type, params, created_at: iso(at), ...(actor && { actor }) });
}

/** Adds a message of the citizen. */
export function addInbound(world: World, it: Case, text: string, at: number, more: Partial<Api.Message> = {}): Api.Message {
  const party = it.ticket.parties[0];
  const channel = world.channels[0];
  if (!party || !channel) throw new Error('incomplete world');
  const message: Api.Message = {
    id: newId(), ticket: it.ticket.number, direction: 'inbound', class: 'human', automatic: false,
    channel: { id: channel.id, name: channel.name, kind: channel.kind },
    from: { address: party.address, kind: 'email', name: party.name ?? '' }, to: [{ address: channel.address ?? '', kind: 'email', name: channel.name }], cc: [],
    subject: it.ticket.subject, text, truncated: false, attachments: [], deliveries: [], flags: [], created_at: iso(at),
    raw_url: '/api/v1/messages/x/raw', sender_authenticated: true, sender_third: false, ...more,
  };
  message.sender_check ??= { authority: 'mx.comune.valdoria.example.it', results: message.sender_authenticated ? { spf: 'pass', dkim: 'pass', dmarc: 'pass' } : { spf: 'softfail', dkim: 'none', dmarc: 'fail' } };
  message.raw_url = `/api/v1/messages/${message.id}/raw`;
  it.messages.push(message);
  it.ticket.waiting_since ??= iso(at);
  const due = Date.parse(it.ticket.waiting_since) + 26 * hour;
  it.ticket.clocks = { due_at: iso(due), due_for: it.messages.length > 1 ? 'next' : 'first', near: due - world.now() < 6 * hour, resolve_due_at: iso(Date.parse(it.ticket.created_at) + 30 * 24 * hour) };
  touch(it, message, 'email');
  return message;
}

/** Adds a reply of ours with one delivery in this state. */
export function addOutbound(world: World, it: Case, text: string, at: number, state: Api.DeliveryState, more: Partial<Api.Message> = {}): Api.Message {
  const party = it.ticket.parties[0];
  const channel = world.channels[0];
  const author = it.ticket.assignee ?? world.operators[1];
  if (!party || !channel || !author) throw new Error('incomplete world');
  const ref = { id: channel.id, name: channel.name, kind: channel.kind };
  const message: Api.Message = {
    id: newId(), ticket: it.ticket.number, direction: 'outbound', class: 'human', automatic: false, channel: ref, author,
    from: { address: channel.address ?? '', kind: 'email', name: world.town.name }, to: [{ address: party.address, kind: 'email', name: party.name ?? '' }], cc: [],
    subject: it.ticket.subject, text, truncated: false, attachments: [], flags: [], created_at: iso(at),
    deliveries: [{ id: newId(), state, role: 'to', address: party.address, kind: 'email', channel: ref, attempts: state === 'queued' ? 0 : 1, decided: false, updated_at: iso(at + 4000) }],
    ...more,
  };
  it.messages.push(message);
  delete it.ticket.waiting_since;
  it.ticket.clocks = { resolve_due_at: iso(Date.parse(it.ticket.created_at) + 30 * 24 * hour) };
  if (it.ticket.status === 'new' || it.ticket.status === 'open') it.ticket.status = 'waiting_citizen';
  addEvent(it, 'replied', { message: message.id, from: 'open', to: 'waiting_citizen' }, at, author);
  touch(it, message, 'email');
  return message;
}

/** Adds an internal note. */
export function addNote(it: Case, author: Api.OperatorRef, text: string, at: number): Api.Message {
  const message: Api.Message = {
    id: newId(), ticket: it.ticket.number, direction: 'note', class: 'human', automatic: false, author,
    from: { address: '', kind: 'email', name: author.name }, to: [], cc: [], subject: '', text, truncated: false, attachments: [], deliveries: [], flags: [], created_at: iso(at),
  };
  it.messages.push(message);
  touch(it, message);
  return message;
}

function touch(it: Case, message: Api.Message, kind?: string) {
  it.ticket.message_count = it.messages.length;
  it.ticket.last_message_at = message.created_at;
  it.ticket.updated_at = message.created_at;
  it.ticket.preview = message.text.replace(/\s+/g, ' ').slice(0, 180);
  it.ticket.version++;
  if (kind) it.ticket.channel_kind = kind;
}

function settle(it: Case, over: Api.TicketStatus | undefined) {
  if (over) {
    it.ticket.status = over;
    delete it.ticket.waiting_since;
  } else if (it.ticket.waiting_since && it.messages.length > 1) it.ticket.status = 'open';
  else if (it.ticket.assignee && it.ticket.status === 'new') it.ticket.status = 'open';
}
