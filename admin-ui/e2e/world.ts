import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import { until } from './until';

const demo = inject('demo');

/** An oddity of the simulated mail servers. */
export interface Fault {
  kind: 'drop_after_data' | 'drop_before_store' | 'reject_recipient' | 'reject_data' | 'delay_reply' | 'refuse_login';
  match?: string;
  code?: number;
  text?: string;
  times?: number;
}

/** A message in a simulated mailbox. */
export interface Letter {
  uid: number;
  from: string;
  subject: string;
  message_id: string;
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${demo.simulator_url}/api${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Makes the mail servers show an oddity, once unless told otherwise. */
export async function fault(wanted: Fault) {
  await ask('POST', '/faults', { times: 1, ...wanted });
}

/** Ends all oddities. */
export async function clearFaults() {
  await ask('DELETE', '/faults');
}

/** Breaks the mailbox connections of the town, so that it has to sign in again. */
export async function cutMailbox() {
  await ask('POST', `/imap/cut?account=${encodeURIComponent(demo.mailbox)}`);
}

/** What lies in a citizen's inbox. */
async function inbox(address: string): Promise<Letter[]> {
  const box = await ask<{ items: Letter[] }>('GET', `/mailboxes/${address}/INBOX`).catch(() => ({
    items: [],
  }));
  return box.items;
}

/** The source of a letter in a citizen's inbox. */
export async function source(address: string, uid: number): Promise<string> {
  const answer = await fetch(`${demo.simulator_url}/api/mailboxes/${address}/INBOX/${uid}`);
  return answer.text();
}

/** Waits until so many letters with this subject lie in a citizen's inbox. */
export function arrived(address: string, subject: RegExp, count = 1): Promise<Letter[]> {
  return until(`${count} letters to ${address} about ${subject}`, async () => {
    const all = await inbox(address);
    const found = all.filter((each) => subject.test(each.subject));
    return { found: found.length === count ? found : undefined, seen: all.map((each) => each.subject) };
  });
}

let nth = 0;

/** An address nobody else uses, so that tests do not meet in one mailbox. */
export function stranger(name: string): string {
  return `${name}.${process.pid}${++nth}@posta.example`;
}

/** A letter with a body of any type, in bytes. */
export interface Parcel {
  subject: string;
  type: string;
  body: Buffer;
  answers: string;
}

/** Sends many messages from one citizen to the town over one connection. */
export async function mailMany(from: string, parcels: readonly Parcel[]) {
  const letters = parcels.map(({ subject, type, body, answers }) => [
    ...headers(newId(from), from, demo.mailbox, subject, { 'In-Reply-To': answers, References: answers }),
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    ...(body.toString('base64').match(/.{1,76}/g) ?? []),
  ]);
  await transmit(from, demo.mailbox, letters);
}

interface Mail {
  from: string;
  subject: string;
  text?: string;
  html?: string;
  headers?: Record<string, string>;
}

/** Sends a message to the town from a mail server elsewhere. */
export function mailTown(mail: Mail): Promise<string> {
  return mailTo(demo.mailbox, mail);
}

/** Sends a message to any mailbox from a mail server elsewhere. */
export async function mailTo(mailbox: string, { from, subject, text = 'Buongiorno.', html, headers: more = {} }: Mail): Promise<string> {
  const id = newId(from);
  const lines = [
    ...headers(id, from, mailbox, subject, more),
    `Content-Type: ${html === undefined ? 'text/plain' : 'text/html'}; charset=utf-8`,
    'Content-Transfer-Encoding: 8bit',
    '',
    html ?? text,
  ];
  await transmit(from, mailbox, [lines.join('\n').split('\n')]);
  return id;
}

function newId(from: string): string {
  return `<${process.pid}.${++nth}.${Date.now()}@${from.split('@')[1]}>`;
}

function headers(id: string, from: string, to: string, subject: string, more: Record<string, string>): string[] {
  return [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${subject}`,
    `Message-ID: ${id}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    ...Object.entries(more).map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
  ];
}

/** One SMTP conversation: the server speaks first, and every line of ours gets an answer. */
async function transmit(from: string, to: string, letters: readonly (readonly string[])[]) {
  const [host, port] = demo.smtp.split(':');
  const socket = connect(Number(port), host);
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  const say = async (line: string | undefined, code: string) => {
    if (line !== undefined) socket.write(`${line}\r\n`);
    for (;;) {
      const { value, done } = await answers.next();
      if (done || !value.startsWith(code)) throw new Error(`${line?.slice(0, 100) ?? 'connecting'}: ${done ? 'connection closed' : value}`);
      if (value[3] !== '-') return;
    }
  };
  try {
    await say(undefined, '220');
    await say('EHLO relay.example', '250');
    for (const lines of letters) {
      await say(`MAIL FROM:<${from}>`, '250');
      await say(`RCPT TO:<${to}>`, '250');
      await say('DATA', '354');
      await say([...lines.map((line) => line.replace(/^\./, '..')), '.'].join('\r\n'), '250');
    }
    socket.write('QUIT\r\n');
  } finally {
    socket.end();
  }
}
