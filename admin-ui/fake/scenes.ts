import type * as Api from '../src/api/schema.gen.ts';
import { newId } from './random.ts';
import { addEvent, addInbound, addNote, addOutbound, iso, type Case, type World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Adds what makes screens worth looking at: a long conversation, failures, doubts, quarantine. */
export function stage(world: World) {
  const [first, second, third, fourth, fifth] = world.cases;
  if (first) longConversation(world, first);
  if (second) suggestion(world, second);
  if (third) failed(world, third);
  if (fourth) uncertain(world, fourth);
  if (fifth) forwarded(fifth);
  world.quarantine.push(...quarantine(world));
  world.sessions.push(...sessions(world));
}

function longConversation(world: World, it: Case) {
  const me = world.operators[0];
  const colleague = world.operators[2];
  if (!me || !colleague) return;
  const now = world.now();
  it.messages.length = 0;
  it.events.length = 1;
  it.ticket.created_at = iso(now - 27 * hour);
  delete it.ticket.waiting_since;
  const opened = addInbound(world, it, 'Buongiorno,\n\navrei bisogno di un certificato di residenza storico per un atto dal notaio fissato per giovedì prossimo. È possibile riceverlo per e-mail oppure devo passare di persona?\n\nAllego copia della carta d’identità.\n\nCordiali saluti\nAnna Bianchi', now - 27 * hour, { threading_reason: 'new', sender_authenticated: true });
  opened.attachments = [
    { id: newId(), name: 'carta-identita-fronte-retro.pdf', type: 'application/pdf', size: 842_311, inline: false, scan: 'clean', url: '/api/v1/attachments/a' },
    { id: newId(), name: 'IMG_2041.jpg', type: 'image/jpeg', size: 2_410_002, inline: false, scan: 'unscanned', url: '/api/v1/attachments/b' },
  ];
  const ack = addOutbound(world, it, 'Abbiamo ricevuto la sua richiesta. Il numero da citare è nell’oggetto. Risponderemo appena possibile.', now - 27 * hour + 8000, 'delivered', { class: 'acknowledgement', automatic: true });
  delete ack.author;
  it.ticket.waiting_since = opened.created_at;
  addEvent(it, 'assigned', { operator: me.id, operator_name: me.name }, now - 26.5 * hour, colleague);
  addNote(it, colleague, 'La signora ha già telefonato ieri: l’atto è giovedì alle 11. Il cambio di via del 2019 non risulta ancora in archivio, verificare con il Protocollo prima di rilasciare.', now - 26 * hour);
  addOutbound(world, it, 'Gentile signora Bianchi,\n\nil certificato storico si può richiedere anche per e-mail: le alleghiamo il modulo da rimandare compilato, con il numero della marca da bollo da 16 €. Lo rilasciamo entro due giorni lavorativi.\n\nCordiali saluti\nLucia Ferri – Ufficio Anagrafe', now - 25 * hour, 'delivered', {
    author: me,
    attachments: [{ id: newId(), name: 'modulo-certificato-storico.pdf', type: 'application/pdf', size: 98_230, inline: false, scan: 'clean', url: '/api/v1/attachments/c' }],
  });
  addInbound(world, it, 'Grazie mille, ecco il modulo compilato. La marca da bollo ha il numero 01234567890123.\n\nIl modulo sul sito https://www.comune.valdoria.example.it/modulistica/anagrafe è lo stesso?\n\nAnna Bianchi\n\nIl giorno dom 22 nov 2026 alle ore 10:12 Comune di Valdoria <urp@comune.valdoria.example.it> ha scritto:\n> Gentile signora Bianchi,\n>\n> il certificato storico si può richiedere anche per e-mail: le alleghiamo\n> il modulo da rimandare compilato, con il numero della marca da bollo.', now - 40 * minute, { threading_reason: 'token', sender_authenticated: true, html_url: '/api/v1/messages/html-demo/html', signatures: [{ state: 'valid', whole: true, signer: 'Anna Bianchi', email: it.ticket.parties[0]?.address ?? '', issuer: 'Actalis Client Authentication CA G3' }] });
  const husband = addInbound(world, it, 'Buongiorno, sono il marito della signora Bianchi. Se serve posso passare io a ritirarlo, basta una delega?', now - 12 * minute, {
    threading_reason: 'token_third', sender_authenticated: false, sender_third: true, from: { address: 'c.rinaldi@example.it', kind: 'email', name: 'Carlo Rinaldi' },
    signatures: [{ state: 'untrusted', reason: 'sender', whole: true, signer: 'Studio Rinaldi srl', email: 'info@studiorinaldi.example.it', issuer: 'InfoCert' }],
  });
  husband.flags = ['copies'];
  const other = addInbound(world, it, 'Già che ci siamo: vorrei iscrivere mia figlia alla mensa della scuola. Entro quando va fatto?\n\nAnna Bianchi', now - 6 * minute, {
    threading_reason: 'external_id', subject: 'R: Iscrizione alla mensa scolastica',
  });
  other.flags = ['subject_changed'];
  const before = world.cases[21];
  if (before) it.ticket.links = [{ kind: 'continues', later: false, ticket: before.ticket.number, subject: before.ticket.subject, status: 'closed' }];
  it.ticket.parties.push({ name: 'Carlo Rinaldi', address: 'c.rinaldi@example.it', kind: 'email', role: 'third' });
  it.ticket.assignee = me;
  it.ticket.status = 'open';
  addEvent(it, 'reopened', { from: 'waiting_citizen', to: 'open' }, now - 40 * minute);
}

function suggestion(world: World, it: Case) {
  const other = world.cases[17];
  const last = it.messages.at(-1);
  if (!other || !last) return;
  it.ticket.suggestions = [{ id: newId(), ticket: other.ticket.number, subject: other.ticket.subject, message_id: last.id, reason: { code: 'same_subject', params: { number: other.ticket.number } }, created_at: last.created_at }];
  it.ticket.attention = ['suggestion'];
  addEvent(it, 'suggestion_made', { number: other.ticket.number, reason: 'same_subject' }, world.now() - hour);
}

function forwarded(it: Case) {
  const last = it.messages.find((each) => each.direction === 'inbound');
  if (!last) return;
  it.ticket.requester_proposals = [{
    id: newId(), message_id: last.id, requester: { address: 'maria.verdi@posta.example', kind: 'email', name: 'Maria Verdi' },
    forwarded_by: { address: 'segreteria@comune.valdoria.example.it', kind: 'email', name: 'Segreteria del Sindaco' }, created_at: last.created_at,
  }];
  it.ticket.attention = ['suggestion'];
}

function failed(world: World, it: Case) {
  const message = addOutbound(world, it, 'Buongiorno,\nabbiamo programmato la sostituzione del lampione per mercoledì 25 novembre.\n\nUfficio Lavori pubblici', world.now() - 3 * hour, 'failed');
  const delivery = message.deliveries[0];
  if (!delivery) return;
  delivery.error = { class: 'recipient', code: 'mailbox_full', text: '552 5.2.2 Mailbox full' };
  it.ticket.attention = ['delivery_failed'];
  const task = taskOf(it, message, delivery);
  const contact = world.contacts.get(it.ticket.contact?.id ?? '');
  const channel = message.channel;
  if (contact && channel) task.proposed = { channel: { ...channel, name: 'PEC istituzionale', kind: 'pec' }, to: { address: 'lucia.galli@pec.example.it', kind: 'pec', name: contact.name }, reason: { code: 'next_usable', params: {} } };
  world.tasks.push(task);
}

function uncertain(world: World, it: Case) {
  const message = addOutbound(world, it, 'Buongiorno,\nil codice risultava inserito con un errore di battitura: ora l’iscrizione è possibile.\n\nUfficio Scuola', world.now() - 55 * minute, 'uncertain');
  const delivery = message.deliveries[0];
  if (!delivery) return;
  delivery.error = { class: 'unknown_outcome', code: 'no_answer', text: 'connection reset after DATA' };
  delivery.delayed = { at: iso(world.now() - 50 * minute), until: iso(world.now() - 5 * minute) };
  it.ticket.attention = ['delivery_uncertain'];
  world.tasks.push(taskOf(it, message, delivery));
}

function taskOf(it: Case, message: Api.Message, delivery: Api.Delivery): Api.DeliveryDetail {
  const at = Date.parse(message.created_at);
  return {
    ...delivery, message_id: message.id, ticket: it.ticket.number, subject: it.ticket.subject, preview: message.text.slice(0, 160),
    ...(it.ticket.contact && { contact: it.ticket.contact }), ...(message.author && { author: message.author }),
    proofs: [],
    tries: [{ number: 1, started_at: iso(at + 10_000), ...(delivery.state === 'failed' && { finished_at: iso(at + 11_400), outcome: 'done', text: delivery.error?.text ?? '' }) }],
    history: [
      { from: 'queued', to: 'sending', reason: 'worker', at: iso(at + 10_000) },
      { from: 'sending', to: delivery.state, reason: 'worker', at: iso(at + 12_000), text: delivery.error?.text ?? '' },
    ],
  };
}

function quarantine(world: World): Api.QuarantineItem[] {
  const channel = world.channels[0];
  if (!channel) return [];
  const ref = { id: channel.id, name: channel.name, kind: channel.kind };
  const item = (more: Partial<Api.QuarantineItem> & Pick<Api.QuarantineItem, 'reason' | 'size' | 'received_at'>): Api.QuarantineItem => {
    const id = newId();
    return { id, state: 'open', channel: ref, attempts: 1, raw_url: `/api/v1/quarantine/${id}/raw`, ...more };
  };
  return [
    item({ reason: { code: 'limit.depth', params: {} }, detail: 'multipart nesting deeper than 50 at byte 18231', from: 'scanner@ufficiotecnico.example.it', subject: 'Invio scansione', preview: 'In allegato la scansione richiesta.', size: 4_210_331, attempts: 3, received_at: iso(world.now() - 2 * hour) }),
    item({ reason: { code: 'machine_unmatched', params: {} }, detail: 'delivery status for an unknown message', from: 'MAILER-DAEMON@mx.example.it', subject: 'Undelivered Mail Returned to Sender', preview: 'This is the mail system at host mx.example.it.\n\nI’m sorry to have to inform you that your message could not be delivered.', size: 5120, received_at: iso(world.now() - 5 * hour) }),
    item({ reason: { code: 'failed', params: {} }, detail: 'charset "x-mac-roman-it" is not known; the third try failed like the first', size: 18_444, attempts: 3, received_at: iso(world.now() - 26 * hour) }),
  ];
}

function sessions(world: World): Api.Session[] {
  const base = { operator: world.me, created_at: iso(world.now() - 5 * hour), expires_at: iso(world.now() + 20 * hour) };
  return [
    { ...base, id: newId(), current: true, last_seen_at: iso(world.now()), user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
    { ...base, id: newId(), current: false, last_seen_at: iso(world.now() - 90 * minute), user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0' },
  ];
}
