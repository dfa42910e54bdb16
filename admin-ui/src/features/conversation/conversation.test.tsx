import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';
import { addInbound, addOutbound } from '../../../fake/world';
import { problem } from '../../../fake/hub';
import { spoken } from '@/design/announce';
import { fakeHub, openPage } from '@/test/page';

const number = '2026-004200-4';
const address = `/inbox/mine/${number}?order=newest`;
const entry = async (name: RegExp | string) => screen.findByRole('article', { name });

describe('a message', () => {
  test('says in words why it is on this ticket', async () => {
    openPage(address);
    expect(await screen.findByText('Qui perché risponde al codice riservato di questa richiesta.')).toBeInTheDocument();
    expect(screen.getByText('Ha aperto questa richiesta.')).toBeInTheDocument();
  });

  test('of an unproved stranger carries both warnings', async () => {
    openPage(address);
    const stranger = await entry('Messaggio ricevuto: Carlo Rinaldi');
    expect(within(stranger).getByText('Mittente non verificato')).toBeInTheDocument();
    expect(within(stranger).getByText('Terza persona')).toBeInTheDocument();
    expect(within(stranger).getByText(/Arrivato più di una volta/)).toBeInTheDocument();
  });

  test('names who signed it, and only where that is sure', async () => {
    const hub = fakeHub();
    const it = hub.world.cases.find((each) => each.ticket.number === number);
    if (!it) throw new Error('incomplete world');
    const from = (name: string) => ({ address: 'studio@pec.example.it', kind: 'email' as const, name });
    const signed = { signer: 'Paolo Neri', email: 'studio@pec.example.it', issuer: 'Autorità di prova', signed_at: '2026-11-20T09:00:00Z' };
    addInbound(hub.world, it, 'Firmata', hub.world.now(), {
      from: from('Intera'),
      signatures: [{ state: 'valid', whole: true, ...signed }],
    });
    addInbound(hub.world, it, 'Firmata', hub.world.now(), {
      from: from('Parte'),
      signatures: [{ state: 'valid', whole: false, ...signed }],
    });
    addInbound(hub.world, it, 'Firmata', hub.world.now(), {
      from: from('Altrui'),
      signatures: [{ state: 'untrusted', reason: 'sender', whole: true, ...signed }],
    });
    addInbound(hub.world, it, 'Firmata', hub.world.now(), {
      from: from('Rotta'),
      signatures: [{ state: 'broken', reason: 'content', whole: true, ...signed }],
    });
    openPage(address, hub);
    expect(within(await entry('Messaggio ricevuto: Intera')).getByText('Firmato da Paolo Neri')).toHaveAttribute(
      'title',
      expect.stringMatching(/Autorità di prova garantisce .* 20 nov/),
    );
    expect(within(await entry('Messaggio ricevuto: Parte')).getByText('Firmato in parte da Paolo Neri')).toBeInTheDocument();
    expect(within(await entry('Messaggio ricevuto: Altrui')).getByText('Firma non attendibile: Paolo Neri')).toHaveAttribute(
      'title',
      'Chi ha firmato (studio@pec.example.it) non è l’indirizzo da cui arriva il messaggio.',
    );
    expect(within(await entry('Messaggio ricevuto: Rotta')).getByText('Firma non valida')).toBeInTheDocument();
  });

  test('folds what it quotes', async () => {
    const { user } = openPage(address);
    const fold = await screen.findByRole('button', { name: /Mostra il testo citato \(5 righe\)/ });
    expect(screen.queryByText(/> Gentile signora Bianchi/)).toBeNull();
    await user.click(fold);
    expect(screen.getByText(/> Gentile signora Bianchi/)).toBeInTheDocument();
  });

  test('with formatting is shown in a frame that may do nothing', async () => {
    const { user } = openPage(address);
    await user.click(await screen.findByRole('button', { name: 'Con formattazione' }));
    const frame = await screen.findByTitle('Messaggio formattato di Anna Bianchi');
    expect(frame).toHaveAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
    expect(frame).toHaveAttribute('referrerpolicy', 'no-referrer');
    expect(frame.getAttribute('src')).toMatch(/^\/api\/v1\/messages\/.+\/html\?theme=/);
    expect(frame).not.toHaveAttribute('srcdoc');
  });

  test('shows pictures elsewhere only when asked, and only of this message', async () => {
    const { user } = openPage(address);
    await user.click(await screen.findByRole('button', { name: 'Con formattazione' }));
    const frame = await screen.findByTitle('Messaggio formattato di Anna Bianchi');
    expect(frame.getAttribute('src')).not.toContain('images=all');
    expect(await screen.findByText(/2 immagini esterne bloccate, da img.example, spy.example e un altro sito/)).toBeInTheDocument();
    expect(screen.getByText(/1 immagine invisibile, che segnala l’apertura, resta bloccata/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Mostra le immagini esterne' }));
    expect(frame.getAttribute('src')).toContain('images=all');
    expect(screen.getByText(/2 immagini esterne, prese da Sportello/)).toBeInTheDocument();
  });

  test('follows a link that pretends only after a question', async () => {
    const open = vi.spyOn(window, 'open').mockReturnValue(null);
    const { user } = openPage(address);
    await user.click(await screen.findByRole('button', { name: 'Con formattazione' }));
    expect(await screen.findByText('1 non porta dove dice')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: '2 collegamenti' }));
    const list = screen.getByRole('list', { name: 'Collegamenti del messaggio' });
    const plain = within(list).getByRole('link', { name: 'www.comune.valdoria.example.it' });
    expect(plain).toHaveAttribute('rel', 'noopener noreferrer nofollow');
    await user.click(within(list).getByRole('button', { name: 'spy.example' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('Il testo dice: «www.banca.example».')).toBeInTheDocument();
    expect(open).not.toHaveBeenCalled();
    await user.click(within(dialog).getByRole('button', { name: 'Apri spy.example' }));
    expect(open).toHaveBeenCalledWith('https://spy.example/login', '_blank', 'noopener,noreferrer');
  });

  test('that is a note is told apart in words', async () => {
    openPage(address);
    const note = await entry(/^Nota interna: /);
    expect(within(note).getByText(/visibile solo agli operatori/)).toBeInTheDocument();
  });

  test('that a machine of ours wrote is folded, and can be read', async () => {
    const { user } = openPage(address);
    const ack = await entry('Risposta: Comune di Valdoria');
    expect(within(ack).getByText('Conferma di ricezione')).toBeInTheDocument();
    expect(within(ack).getByText('Consegnato')).toBeInTheDocument();
    expect(within(ack).queryByText(/Abbiamo ricevuto la sua richiesta/)).toBeNull();
    await user.click(within(ack).getByRole('button', { name: 'Mostra il testo' }));
    expect(within(ack).getByText(/Abbiamo ricevuto la sua richiesta/)).toBeInTheDocument();
  });

  test('an infected attachment cannot be fetched', async () => {
    const hub = fakeHub();
    const file = hub.find(number)?.messages[0]?.attachments[0];
    if (file) file.scan = 'infected';
    openPage(address, hub);
    const name = await screen.findByText('carta-identita-fronte-retro.pdf');
    expect(name.closest('a')).toBeNull();
    expect(screen.getByText(/infetto, bloccato/)).toBeInTheDocument();
  });
});

describe('a delivery', () => {
  test.each([
    ['queued', 'In coda', 'in attesa di partire'],
    ['sending', 'In invio', 'in corso adesso'],
    ['accepted', 'Accettato', 'preso in carico dal gestore'],
    ['delivered', 'Consegnato', 'arrivato al sistema del destinatario'],
    ['failed', 'Fallito', 'non è arrivato'],
    ['uncertain', 'Incerto', 'può essere partito oppure no: nessuna prova'],
  ] as const)('%s is worded by its evidence', async (state, word, evidence) => {
    const hub = fakeHub();
    const it = hub.find(number);
    if (it) addOutbound(hub.world, it, 'Risposta in prova', Date.now(), state);
    openPage(address, hub);
    const conversation = within(await screen.findByRole('region', { name: 'Conversazione' }));
    const text = await conversation.findByText('Risposta in prova');
    const article = text.closest('article') as HTMLElement;
    expect(within(article).getByText(word)).toBeInTheDocument();
    expect(within(article).getByText(new RegExp(evidence))).toBeInTheDocument();
    expect(within(article).queryAllByRole('link', { name: 'Decidi' })).toHaveLength(state === 'failed' || state === 'uncertain' ? 1 : 0);
  });
});

test('a reply that failed for good says where it can go instead, and goes there when somebody says so', async () => {
  const hub = fakeHub();
  const task = hub.world.tasks.find((each) => each.state === 'failed');
  if (!task) throw new Error('no failed delivery');
  const { user } = openPage(`/inbox/all/${task.ticket}`, hub);
  const send = await screen.findByRole('button', { name: 'Manda a lucia.galli@pec.example.it' });
  expect(send.parentElement).toHaveTextContent(
    /L’indirizzo .+ non è raggiungibile: si può mandare per PEC a lucia\.galli@pec\.example\.it, perché è il primo recapito utilizzabile\./,
  );
  await user.click(send);
  await waitFor(() => expect(hub.heard).toContain(`POST /deliveries/${task.id}/retry`));
});

describe('a ticket', () => {
  test('can be taken, and the list and the history follow', async () => {
    const hub = fakeHub();
    const it = hub.find(number);
    if (it) delete it.ticket.assignee;
    const { user } = openPage(`/inbox/unassigned/${number}?order=newest`, hub);
    await screen.findByRole('button', { name: 'Prendi in carico' });
    await user.keyboard('m');
    await waitFor(() => expect(hub.find(number)?.ticket.assignee?.name).toBe('Lucia Ferri'));
    expect(await screen.findByText('Presa in carico')).toBeInTheDocument();
  });

  test('changed by a colleague meanwhile is shown anew, and says so', async () => {
    const hub = fakeHub();
    const { user } = openPage(address, hub);
    await screen.findByRole('heading', { name: 'Certificato di residenza per il notaio' });
    const it = hub.find(number);
    if (it) it.ticket.version += 3;
    await user.keyboard('e');
    await user.keyboard('{Enter}');
    expect((await screen.findAllByText(/Un collega ha modificato la richiesta/)).length).toBeGreaterThan(0);
    await waitFor(() => expect(hub.heard.filter((each) => each === `GET /tickets/${number}`).length).toBeGreaterThan(1));
  });

  test('is handed over through a list one can type in', async () => {
    const { user, hub } = openPage(address);
    await screen.findByRole('heading', { name: 'Certificato di residenza per il notaio' });
    await user.keyboard('a');
    await user.type(await screen.findByRole('combobox', { name: 'Cerca…' }), 'giulia');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(hub.find(number)?.ticket.assignee?.name).toBe('Giulia Fontana'));
  });

  test('copies its number', async () => {
    const { user } = openPage(address);
    const copied = vi.spyOn(navigator.clipboard, 'writeText');
    await user.click(await screen.findByRole('button', { name: /Copia il numero/ }));
    expect(copied).toHaveBeenCalledWith(number);
  });

  test('that does not exist says so', async () => {
    openPage('/inbox/all/2026-999999-9');
    expect(await screen.findByText('Richiesta non trovata')).toBeInTheDocument();
  });

  test('tells its history in words', async () => {
    openPage(address);
    expect(await screen.findByText('Assegnata a Lucia Ferri')).toBeInTheDocument();
    expect(screen.getByText('Richiesta aperta')).toBeInTheDocument();
  });

  test('a suggestion is joined by a person, who then stands on the other ticket', async () => {
    const hub = fakeHub();
    const it = hub.world.cases[1];
    const { user, router } = openPage(`/inbox/attention/${it?.ticket.number ?? ''}`, hub);
    const offer = await screen.findByRole('region', { name: 'Forse riguarda un’altra richiesta' });
    expect(within(offer).getByText(/Stesso mittente e stesso oggetto/)).toBeInTheDocument();
    const other = it?.ticket.suggestions[0]?.ticket ?? '';
    await user.click(within(offer).getByRole('button', { name: 'Unisci' }));
    await waitFor(() => expect(router.state.location.pathname).toContain(other));
  });

  test('a suggestion can be dismissed', async () => {
    const hub = fakeHub();
    const { user } = openPage(`/inbox/attention/${hub.world.cases[1]?.ticket.number ?? ''}`, hub);
    await user.click(await screen.findByRole('button', { name: 'Tieni separate' }));
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Forse riguarda un’altra richiesta' })).toBeNull());
  });
});

test('a message that arrives is added and spoken', async () => {
  const { hub } = openPage(address);
  await screen.findByText('In diretta');
  await entry('Messaggio ricevuto: Carlo Rinaldi');
  const it = hub.find(number);
  act(() => {
    if (it) addInbound(hub.world, it, 'Ecco la delega firmata.', Date.now());
    hub.changed(number);
  });
  expect(await screen.findByText('Ecco la delega firmata.')).toBeInTheDocument();
  expect(spoken.get().text).toBe('Nuovo messaggio di Anna Bianchi');
});

test('an action one may not do is not offered', async () => {
  const hub = fakeHub();
  hub.world.me.actions = ['ticket.note'];
  openPage(address, hub);
  await entry(/^Nota interna: /);
  expect(screen.queryByRole('button', { name: 'Risolvi' })).toBeNull();
  expect(screen.queryByText(/^Rispondi a/)).toBeNull();
  expect(screen.getByRole('button', { name: /Nota interna/ })).toBeInTheDocument();
});

test('a session that ended asks for the password over the page', async () => {
  const hub = fakeHub();
  const { user } = openPage(address, hub);
  await entry(/^Nota interna: /);
  hub.overrides.push(({ parts, request }) =>
    parts[0] === 'tickets' && request.method === 'PATCH' ? problem(401, 'unauthenticated') : undefined,
  );
  await user.keyboard('e');
  await user.keyboard('{Enter}');
  const dialog = await screen.findByRole('dialog', { name: 'La sessione è finita' });
  expect(within(dialog).getByLabelText('Nome utente')).toHaveValue('lucia');
  await user.type(within(dialog).getByLabelText('Password'), 'valdoria{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog', { name: 'La sessione è finita' })).toBeNull());
  expect(screen.getByRole('heading', { name: 'Certificato di residenza per il notaio' })).toBeInTheDocument();
});
