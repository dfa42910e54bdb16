import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import type userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { addInbound } from '../../../fake/world';
import { problem, type FakeHub } from '../../../fake/hub';
import type { Reply } from '@/api/schema.gen';
import { pending } from './pending';
import { fakeHub, openPage } from '@/test/page';

// The editor itself needs a real browser; the browser tests type into it. Here a plain text area stands in its place.
vi.mock('./RichEditor', () => ({
  default: (props: {
    label: string;
    start: { text: string };
    onChange: (written: { text: string; html: string }) => void;
    middle: React.ReactNode;
    foot: React.ReactNode;
  }) => (
    <>
      <textarea
        aria-label={props.label}
        defaultValue={props.start.text}
        onChange={(event) => props.onChange({ text: event.target.value, html: '' })}
      />
      {props.middle}
      {props.foot}
    </>
  ),
}));

type User = ReturnType<typeof userEvent.setup>;

const number = '2026-004200-4';
const address = `/inbox/mine/${number}?order=newest`;
const editor = (name = 'Testo della risposta') => screen.findByRole('textbox', { name });

async function write(user: User, text: string, key = 'r') {
  await screen.findAllByText(/^Rispondi a Anna Bianchi|^Risposta$/);
  await user.keyboard(key);
  fireEvent.change(await editor(key === 'r' ? undefined : 'Testo della nota interna'), { target: { value: text } });
}

function hear(hub: FakeHub): { replies: Reply[]; keys: string[] } {
  const heard = { replies: [] as Reply[], keys: [] as string[] };
  hub.overrides.push(async ({ request, parts }) => {
    if (parts[2] !== 'replies') return undefined;
    heard.replies.push((await request.clone().json()) as Reply);
    heard.keys.push(request.headers.get('Idempotency-Key') ?? '');
    return undefined;
  });
  return heard;
}

describe('a reply', () => {
  test('says before sending by which way it goes, to whom and why, and who does not get it', async () => {
    const { user } = openPage(address);
    await write(user, 'Gentile signora');
    await waitFor(() =>
      expect(document.body).toHaveTextContent(
        /Partirà per e-mail a anna\.bianchi@example\.it perché è il recapito preferito dal cittadino/,
      ),
    );
    expect(document.body).toHaveTextContent('Carlo Rinaldi non la riceve');
  });

  test('waits ten seconds, names what was seen, writes to nobody else', async () => {
    const { user, hub } = openPage(address);
    const heard = hear(hub);
    const last = hub.find(number)?.messages.at(-1)?.id;
    await write(user, 'Gentile signora');
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    await waitFor(() => expect(heard.replies).toHaveLength(1));
    expect(heard.replies[0]).toEqual({ text: 'Gentile signora', delay_seconds: 10, seen_message_id: last });
    expect(heard.keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('counts down and can be called back; the text is in the draft again', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'Troppo presto');
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(await screen.findByText(/Risposta a Anna Bianchi: parte tra \d+ s/, { selector: 'section p' })).toBeInTheDocument();
    expect(pending.get()).toHaveLength(1);
    expect(sessionStorage.getItem('sportello.pending')).toContain('Troppo presto');
    const notices = screen.getByRole('region', { name: 'Avvisi' });
    await user.click(within(notices).getByRole('button', { name: 'Annulla invio' }));
    expect(await screen.findByText(/Invio annullato/, { selector: 'p' })).toBeInTheDocument();
    expect(hub.find(number)?.messages.at(-1)?.deliveries[0]?.state).toBe('cancelled');
    expect(hub.find(number)?.drafts.reply?.text).toBe('Troppo presto');
    await user.keyboard('r');
    await waitFor(async () => expect(await editor()).toHaveValue('Troppo presto'));
    expect(pending.get()).toHaveLength(0);
  });

  test('that is already leaving cannot be called back, and says so', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'Via');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByText(/parte tra \d+ s/, { selector: 'section p' });
    for (const each of hub.find(number)?.messages.at(-1)?.deliveries ?? []) each.state = 'sending';
    await user.keyboard('{Control>}z{/Control}');
    expect(await screen.findByText(/Non è più possibile annullare/, { selector: 'p' })).toBeInTheDocument();
  });

  test('is held when the citizen writes meanwhile, until that has been read', async () => {
    const { user, hub } = openPage(address);
    const heard = hear(hub);
    await screen.findByText('In diretta');
    await write(user, 'Gentile signora');
    const it = hub.find(number);
    act(() => {
      if (it) addInbound(hub.world, it, 'Non serve più, grazie!', Date.now());
      hub.changed(number);
    });
    const held = await screen.findByRole('alert', { name: 'È arrivato un messaggio mentre scrivevi' });
    expect(within(held).getByText(/Non serve più, grazie!/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    expect(heard.replies).toHaveLength(0);
    await user.click(within(held).getByRole('button', { name: 'L’ho letto' }));
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    await waitFor(() => expect(heard.replies).toHaveLength(1));
    expect(heard.replies[0]?.seen_message_id).toBe(it?.messages.findLast((each) => each.direction === 'inbound')?.id);
  });

  test('the hub held is held here too, and nothing typed is lost', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'Gentile signora');
    const it = hub.find(number);
    if (it) addInbound(hub.world, it, 'Un’altra cosa', Date.now());
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    const held = await screen.findByRole('alert', { name: 'È arrivato un messaggio mentre scrivevi' });
    expect(await editor()).toHaveValue('Gentile signora');
    await user.click(within(held).getByRole('button', { name: 'Invia comunque' }));
    expect(await screen.findByText(/parte tra \d+ s/, { selector: 'section p' })).toBeInTheDocument();
  });

  test('tried again after a broken line is the same act', async () => {
    const { user, hub } = openPage(address);
    const keys: string[] = [];
    let fail = true;
    hub.overrides.push(({ request, parts }) => {
      if (parts[2] !== 'replies') return undefined;
      keys.push(request.headers.get('Idempotency-Key') ?? '');
      return fail ? problem(503, 'unavailable') : undefined;
    });
    await write(user, 'Gentile signora');
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    expect(await screen.findByText(/La risposta non è stata accettata/, { selector: 'p' })).toBeInTheDocument();
    expect(await editor()).toHaveValue('Gentile signora');
    fail = false;
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    await waitFor(() => expect(keys).toHaveLength(2));
    expect(keys[0]).toBe(keys[1]);
  });

  test('without text is not sent, and says what is missing', async () => {
    const { user, hub } = openPage(address);
    const heard = hear(hub);
    await write(user, ' ');
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    expect(await screen.findByText('Scrivi il testo prima di inviare.', { selector: 'p' })).toBeInTheDocument();
    expect(heard.replies).toHaveLength(0);
  });

  test('goes to a third person only when the operator says so, and then names everybody', async () => {
    const { user, hub } = openPage(address);
    const heard = hear(hub);
    await write(user, 'Gentile signora');
    await user.click(await screen.findByRole('button', { name: 'Cambia' }));
    const dialog = await screen.findByRole('dialog', { name: 'A chi e come parte la risposta' });
    expect(within(dialog).getByText('Terza persona: leggerà tutta la risposta.')).toBeInTheDocument();
    await user.click(within(dialog).getAllByRole('button', { name: 'Aggiungi' })[0] as HTMLElement);
    await user.click(within(dialog).getByRole('button', { name: 'Fatto' }));
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    await waitFor(() => expect(heard.replies).toHaveLength(1));
    expect(heard.replies[0]).toMatchObject({
      to: [{ kind: 'email', address: 'anna.bianchi@example.it' }],
      cc: [{ kind: 'email', address: 'c.rinaldi@example.it' }],
    });
    expect(heard.replies[0]?.channel_id).toBeTruthy();
  });

  test('an address in copy must look like one', async () => {
    const { user } = openPage(address);
    await write(user, 'x');
    await user.click(await screen.findByRole('button', { name: 'Cambia' }));
    await user.type(await screen.findByLabelText('Aggiungi un indirizzo in copia'), 'nessuno{Enter}');
    expect(await screen.findByText(/serve una forma come nome@esempio.it/)).toBeInTheDocument();
  });

  test('with no way to go says so before anything is sent', async () => {
    const hub = fakeHub();
    const contact = hub.world.contacts.get(hub.find(number)?.ticket.contact?.id ?? '');
    if (contact) contact.addresses = [];
    const heard = hear(hub);
    const { user } = openPage(address, hub);
    await write(user, 'Gentile signora');
    expect(await screen.findByText(/Non c’è modo di raggiungere il cittadino/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    expect(heard.replies).toHaveLength(0);
  });

  test('sent and resolved in one go', async () => {
    const { user, hub } = openPage(address);
    const heard = hear(hub);
    await write(user, 'Fatto');
    await user.keyboard('{Control>}{Shift>}{Enter}{/Shift}{/Control}');
    await waitFor(() => expect(heard.replies[0]?.status).toBe('resolved'));
  });
});

describe('a note', () => {
  test('goes to the notes, never to the citizen', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'CF RSSMRC18A12L219X da controllare', 'n');
    expect(screen.getByText('Il cittadino non la vedrà.')).toBeInTheDocument();
    expect(screen.queryByText(/Partirà per/)).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Aggiungi nota' }));
    await waitFor(() => expect(hub.heard).toContain(`POST /tickets/${number}/notes`));
    expect(hub.heard.some((each) => each.endsWith('/replies'))).toBe(false);
    expect(pending.get()).toHaveLength(0);
  });

  test('and a reply are two drafts: neither replaces the other', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'La risposta');
    await user.click(screen.getByRole('button', { name: 'Nota interna' }));
    fireEvent.change(await editor('Testo della nota interna'), { target: { value: 'La nota' } });
    await waitFor(() => expect(hub.find(number)?.drafts.note?.text).toBe('La nota'), { timeout: 5000 });
    expect(hub.find(number)?.drafts.reply?.text).toBe('La risposta');
    await user.click(screen.getByRole('button', { name: 'Risposta' }));
    expect(await editor()).toHaveValue('La risposta');
  });
});

describe('a text message', () => {
  const mobile = {
    channel: { id: '01930000-0000-7000-8000-0000000000bb', name: 'SMS', kind: 'sms' },
    to: { kind: 'mobile', address: '+393401234567' },
  } as const;
  const mail = {
    channel: { id: '01930000-0000-7000-8000-0000000000cc', name: 'Posta', kind: 'email' },
    to: { kind: 'email', address: 'anna@posta.example' },
  } as const;
  const because = (code: string) => ({ code, params: {} });

  /** The hub's choice where three text messages are the most. */
  function preferringMobile(hub: FakeHub) {
    hub.overrides.push(({ url, parts }) => {
      if (parts[2] !== 'delivery-choice') return undefined;
      const long = Number(url.searchParams.get('characters') ?? 0) > 3 * 153;
      const last = { ...mail, reason: because(long ? 'last_used' : 'next_usable') };
      const choice = long ? last : { ...mobile, reason: because('preferred') };
      const skipped = long ? [{ to: mobile.to, reason: because('too_long'), rank: 'preferred', before: true }] : [];
      return Response.json({ choice, reason: choice.reason, cc: [], fallbacks: long ? [] : [last], skipped, doubted: [] });
    });
    return hub;
  }

  test('says how many it takes, and goes by e-mail instead with one click', async () => {
    const hub = preferringMobile(fakeHub());
    const { user } = openPage(address, hub);
    const heard = hear(hub);
    await write(user, 'a'.repeat(300));
    expect(await screen.findByText(/^3 SMS|^2 SMS/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Manda per e-mail' }));
    await waitFor(() => expect(document.body).toHaveTextContent(/Partirà per e-mail a anna@posta\.example perché lo hai scelto tu/));
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    await waitFor(() => expect(heard.replies[0]).toMatchObject({ to: [mail.to], channel_id: mail.channel.id }));
  });

  test('with a picture in it holds less, and gives the room back with one click', async () => {
    const { user } = openPage(address, preferringMobile(fakeHub()));
    await write(user, 'B');
    fireEvent.change(await editor(), { target: { value: 'Buone feste 🎄, l’ufficio È chiuso.' } });
    expect(await screen.findByText(/«🎄» riduce lo spazio/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Usa caratteri semplici' }));
    await waitFor(async () => expect(await editor()).toHaveValue("Buone feste , l'ufficio E' chiuso."));
    expect(screen.queryByText(/riduce lo spazio/)).not.toBeInTheDocument();
  });

  test('that becomes too long goes elsewhere, and the line says why', async () => {
    const { user } = openPage(address, preferringMobile(fakeHub()));
    await write(user, 'a'.repeat(100));
    await waitFor(() => expect(document.body).toHaveTextContent(/Partirà per SMS a \+393401234567/));
    fireEvent.change(await editor(), { target: { value: 'a'.repeat(900) } });
    await waitFor(() =>
      expect(document.body).toHaveTextContent(/non a \+393401234567, il preferito dal cittadino: il testo è troppo lungo/),
    );
    expect(document.body).toHaveTextContent(/Partirà per e-mail a anna@posta\.example/);
  });

  test('that the operator wants and that is too long does not leave another way', async () => {
    const hub = preferringMobile(fakeHub());
    const it = hub.find(number);
    if (it)
      it.drafts.reply = { text: 'a'.repeat(900), to: [mobile.to], channel_id: mobile.channel.id, updated_at: new Date().toISOString() };
    const { user } = openPage(address, hub);
    const heard = hear(hub);
    await waitFor(
      () => expect(document.body).toHaveTextContent(/La risposta non può partire così.*non a \+393401234567.*il testo è troppo lungo/),
      { timeout: 10_000 },
    );
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    expect(await screen.findByText(/^La risposta non può partire così$/, { selector: 'p' })).toBeInTheDocument();
    expect(heard.replies).toHaveLength(0);
  });
});

describe('a draft', () => {
  test('is taken up where it was left, with what had been seen then', async () => {
    const hub = fakeHub();
    const it = hub.find(number);
    const seen = it?.messages.at(-2)?.id ?? '';
    if (it) it.drafts.reply = { text: 'Lasciata a metà', seen_message_id: seen, updated_at: new Date().toISOString() };
    openPage(address, hub);
    expect(await editor()).toHaveValue('Lasciata a metà');
    expect(await screen.findByRole('alert', { name: 'È arrivato un messaggio mentre scrivevi' })).toBeInTheDocument();
  });

  test('can be thrown away, and brought back', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'Da buttare');
    await user.click(screen.getByRole('button', { name: 'Elimina la bozza' }));
    await waitFor(async () => expect(await editor()).toHaveValue(''));
    await user.click(await screen.findByRole('button', { name: 'Ripristina' }));
    await waitFor(async () => expect(await editor()).toHaveValue('Da buttare'));
    await waitFor(() => expect(hub.find(number)?.drafts.reply?.text).toBe('Da buttare'), { timeout: 5000 });
  });
});

describe('files', () => {
  const drop = (files: File[]) => {
    const sheet = screen.getByRole('region', { name: 'Scrivi' });
    fireEvent.drop(sheet, { dataTransfer: { types: ['Files'], files } });
  };

  test('that are empty or too large are refused by name, before anything is sent', async () => {
    const { user, hub } = openPage(address);
    await write(user, 'x');
    const large = new File(['x'], 'enorme.zip');
    Object.defineProperty(large, 'size', { value: 26 * 1024 * 1024 });
    drop([new File([], 'vuoto.pdf'), large]);
    expect(await screen.findByText('il file è vuoto')).toBeInTheDocument();
    expect(screen.getByText(/supera il limite di 26,2 MB/, { selector: 'li span' })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    expect(await screen.findByText(/togli quelli non riusciti/, { selector: 'p' })).toBeInTheDocument();
    expect(hub.heard.some((each) => each.endsWith('/replies'))).toBe(false);
    await user.click(screen.getByRole('button', { name: 'Togli vuoto.pdf' }));
    expect(screen.queryByText('vuoto.pdf')).toBeNull();
  });

  test('show how far they are and go along with the reply', async () => {
    const requests: FakeXhr[] = [];
    class FakeXhr {
      upload: { onprogress?: (event: unknown) => void } = {};
      onload?: () => void;
      status = 201;
      responseText = JSON.stringify({ id: '01930000-0000-7000-8000-0000000000aa', name: 'modulo.pdf', type: 'application/pdf', size: 4 });
      open() {}
      setRequestHeader() {}
      abort() {}
      send() {
        requests.push(this);
      }
    }
    vi.stubGlobal('XMLHttpRequest', FakeXhr);
    const { user, hub } = openPage(address);
    const heard = hear(hub);
    await write(user, 'In allegato');
    drop([new File(['%PDF'], 'modulo.pdf')]);
    await waitFor(() => expect(requests).toHaveLength(1));
    act(() => requests[0]?.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 2 }));
    expect(screen.getByRole('progressbar', { name: 'modulo.pdf: 50%' })).toBeInTheDocument();
    await act(async () => requests[0]?.onload?.());
    await waitFor(() => expect(screen.queryByRole('progressbar')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Invia' }));
    await waitFor(() => expect(heard.replies[0]?.attachments).toEqual(['01930000-0000-7000-8000-0000000000aa']));
  });
});
