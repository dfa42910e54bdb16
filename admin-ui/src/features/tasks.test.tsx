import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { problem } from '../../fake/hub';
import { fakeHub, openPage } from '@/test/page';

const number = '2026-004200-4';

describe('quarantine', () => {
  const open = async (hub = fakeHub()) => {
    const item = hub.world.quarantine[0];
    if (!item) throw new Error('no item');
    const page = openPage(`/quarantine?item=${item.id}`, hub);
    await screen.findByText(/Perché è qui/);
    return { ...page, item };
  };

  test('says why in words, keeps the technical sentence, and shows the original', async () => {
    const { user } = await open();
    expect(screen.getByText(/Perché è qui: La struttura del messaggio è troppo annidata/)).toBeInTheDocument();
    expect(screen.getByText(/nesting deeper than 50/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Mostra l’originale' }));
    expect(await screen.findByRole('region', { name: 'Originale' })).toHaveTextContent('MIME-Version: 1.0');
  });

  test('is tried again', async () => {
    const { user, item } = await open();
    await user.click(screen.getByRole('button', { name: 'Riprova a leggerlo' }));
    await waitFor(() => expect(item.state).toBe('retrying'));
    expect(await screen.findByText('In lettura')).toBeInTheDocument();
  });

  test('is not discarded without a reason', async () => {
    const { user, item } = await open();
    await user.click(screen.getByRole('button', { name: 'Scarta' }));
    const dialog = await screen.findByRole('dialog', { name: 'Scartare questo messaggio?' });
    await user.click(within(dialog).getByRole('button', { name: 'Scarta' }));
    expect(await within(dialog).findByText('Scrivi il motivo: resta agli atti.')).toBeInTheDocument();
    expect(item.state).toBe('open');
    await user.type(within(dialog).getByLabelText('Motivo'), 'pubblicità');
    await user.click(within(dialog).getByRole('button', { name: 'Scarta' }));
    await waitFor(() => expect(item.decision_reason).toBe('pubblicità'));
  });

  test('is filed on a ticket whose number is right to the last digit', async () => {
    const { user, item } = await open();
    await user.click(screen.getByRole('button', { name: 'Archivia su una richiesta' }));
    const field = await screen.findByLabelText(/Numero della richiesta/);
    await user.type(field, '2026-004200-5{Enter}');
    expect(await screen.findByText(/controlla anche l’ultima cifra/)).toBeInTheDocument();
    await user.clear(field);
    await user.type(field, `${number}{Enter}`);
    await waitFor(() => expect(item.ticket).toBe(number));
    expect(await screen.findByText(`Archiviato sulla richiesta ${number}`, { selector: 'p' })).toBeInTheDocument();
  });

  test('becomes a new request, and the way there is shown', async () => {
    const { user, item } = await open();
    await user.click(screen.getByRole('button', { name: 'Nuova richiesta' }));
    expect(await screen.findByRole('link', { name: `Vai alla richiesta ${item.ticket ?? ''}` })).toBeInTheDocument();
  });

  test('put aside, it can be taken back; who decided what stays readable', async () => {
    const hub = fakeHub();
    const item = hub.world.quarantine[0];
    if (!item) throw new Error('no item');
    Object.assign(item, {
      state: 'discarded',
      decision_reason: 'Spam',
      decided_by: hub.world.me,
      acts: [{ act: 'discarded', reason: 'Spam', by: hub.world.me, at: item.received_at }],
    });
    const { user } = openPage(`/quarantine?state=discarded&item=${item.id}`, hub);
    expect(await screen.findByText(/l’ha scartato/)).toHaveTextContent('Spam');
    await user.click(screen.getByRole('button', { name: 'Riprendi' }));
    await waitFor(() => expect(item.state).toBe('open'));
  });

  test('of many, what did not work is named and stays selected', async () => {
    const hub = fakeHub();
    const refused = hub.world.quarantine[0];
    if (!refused) throw new Error('no item');
    refused.reason = { code: 'no_header', params: {} };
    const { user } = openPage('/quarantine', hub);
    await user.click(await screen.findByRole('checkbox', { name: /Seleziona tutti/ }));
    await user.click(screen.getByRole('button', { name: 'Riprova' }));
    const dialog = await screen.findByRole('dialog', { name: '1 messaggio non è riuscito' });
    expect(within(dialog).getByText(/non si riesce ancora a leggerlo/)).toBeInTheDocument();
    expect(refused.state).toBe('open');
    expect(hub.world.quarantine.filter((each) => each.state === 'retrying').length).toBeGreaterThan(0);
    await user.keyboard('{Escape}');
    expect(await screen.findByText('1 selezionato')).toBeInTheDocument();
  });

  test('all that there is, not only what is loaded, is decided on at once', async () => {
    const hub = fakeHub();
    const [model] = hub.world.quarantine;
    if (!model) throw new Error('no item');
    const at = Date.parse(model.received_at);
    const flood = Array.from({ length: 120 }, (_, n) => ({
      ...model,
      id: crypto.randomUUID(),
      reason: { code: 'machine_unmatched', params: {} },
      received_at: new Date(at - n * 60_000).toISOString(),
    }));
    hub.world.quarantine.splice(0, hub.world.quarantine.length, ...flood);
    const { user } = openPage('/quarantine', hub);
    await user.click(await screen.findByRole('checkbox', { name: /Seleziona i \d+ elencati/ }));
    await user.click(await screen.findByRole('button', { name: 'Seleziona tutti i 120 di questo elenco' }));
    expect(await screen.findByText('120 selezionati')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Riprova' }));
    expect(flood[0]?.state).toBe('open');
    const question = await screen.findByRole('dialog', { name: 'Riprovare 120 messaggi?' });
    await user.click(within(question).getByRole('button', { name: 'Annulla' }));
    await user.click(screen.getByRole('button', { name: 'Scarta…' }));
    const dialog = await screen.findByRole('dialog', { name: 'Scartare 120 messaggi?' });
    await user.type(within(dialog).getByLabelText('Motivo'), 'Lista');
    await user.click(within(dialog).getByRole('button', { name: 'Scarta' }));
    await waitFor(() => expect(hub.world.quarantine.every((each) => each.decision_reason === 'Lista')).toBe(true));
    expect(hub.heard.filter((each) => each === 'POST /quarantine/decisions')).toHaveLength(3);
  });

  test('with nothing in it says that all is filed', async () => {
    const hub = fakeHub();
    hub.world.quarantine.length = 0;
    openPage('/quarantine', hub);
    expect(await screen.findByText('Nulla da verificare')).toBeInTheDocument();
  });
});

describe('an uncertain delivery', () => {
  const open = async () => {
    const hub = fakeHub();
    const task = hub.world.tasks.find((each) => each.state === 'uncertain');
    if (!task) throw new Error('no task');
    const page = openPage(`/deliveries/uncertain?item=${task.id}`, hub);
    await screen.findByText('Che cosa vuoi fare?');
    return { ...page, task };
  };

  test('offers three decisions and chooses none', async () => {
    await open();
    expect(screen.getAllByRole('radio').map((each) => (each as HTMLInputElement).checked)).toEqual([false, false, false]);
    expect(screen.getByText('Il destinatario potrebbe riceverlo due volte.')).toBeInTheDocument();
  });

  test('says so when the time that the other server named is over', async () => {
    const hub = fakeHub();
    const task = hub.world.tasks.find((each) => each.state === 'uncertain');
    if (!task) throw new Error('no task');
    task.delayed = { at: '2026-03-01T10:00:00Z', until: '2026-03-05T10:00:00Z' };
    const page = openPage(`/deliveries/uncertain?item=${task.id}`, hub);
    expect(await screen.findByText(/il tempo dell’altro server è finito .*2026.*: non si sa se sia arrivato/)).toBeInTheDocument();
    expect(screen.getByText(/Avviso di ritardo ricevuto .*2026/)).toBeInTheDocument();
    page.unmount();
    task.delayed.until = '2126-03-05T10:00:00Z';
    openPage(`/deliveries/uncertain?item=${task.id}`, hub);
    expect(await screen.findByText(/l’altro server ci prova ancora, entro .*2126/)).toBeInTheDocument();
  });

  test('needs a choice and a reason', async () => {
    const { user, task } = await open();
    await user.click(screen.getByRole('button', { name: 'Conferma la decisione' }));
    expect(await screen.findByText('Scegli una delle possibilità.')).toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: /Invia di nuovo/ }));
    await user.click(screen.getByRole('button', { name: 'Conferma la decisione' }));
    expect(screen.getByText('Scrivi il motivo: resta agli atti.')).toBeInTheDocument();
    expect(task.decided).toBe(false);
    await user.type(screen.getByLabelText('Motivo della decisione'), 'il cittadino non l’ha ricevuta');
    await user.click(screen.getByRole('button', { name: 'Conferma la decisione' }));
    await waitFor(() => expect(task.decision).toMatchObject({ outcome: 'resend', reason: 'il cittadino non l’ha ricevuta' }));
  });

  test('decided by a colleague meanwhile says so', async () => {
    const { user, hub } = await open();
    hub.overrides.push(({ parts }) => (parts[2] === 'decision' ? problem(409, 'too_late') : undefined));
    await user.click(screen.getByRole('radio', { name: /È arrivato/ }));
    await user.type(screen.getByLabelText('Motivo della decisione'), 'ha telefonato');
    await user.click(screen.getByRole('button', { name: 'Conferma la decisione' }));
    expect(await screen.findByText(/Troppo tardi/)).toBeInTheDocument();
  });
});

test('a letter to an expert whose question is over is not sent again', async () => {
  const hub = fakeHub();
  for (const task of hub.world.tasks) Object.assign(task, { over: true });
  const task = hub.world.tasks.find((each) => each.state === 'failed');
  openPage(`/deliveries/failed?item=${task?.id ?? ''}`, hub);
  expect(await screen.findByText(/la lettera non si invia più/)).toBeInTheDocument();
  expect(screen.getAllByRole('radio').map((each) => (each as HTMLInputElement).value)).toEqual(['give_up']);
});

test('a failed delivery offers the next way, the same again, or giving up', async () => {
  const hub = fakeHub();
  const task = hub.world.tasks.find((each) => each.state === 'failed');
  const { user } = openPage(`/deliveries/failed?item=${task?.id ?? ''}`, hub);
  await user.click(await screen.findByRole('radio', { name: /Invia per PEC a/ }));
  expect(screen.queryByLabelText('Motivo della decisione')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Conferma la decisione' }));
  await waitFor(() => expect(hub.heard).toContain(`POST /deliveries/${task?.id ?? ''}/retry`));
});

describe('channels', () => {
  test('say why one stopped and what to do, and resume it', async () => {
    const { user, hub } = openPage('/channels');
    expect(await screen.findByText('Il server di posta ha rifiutato nome utente o password.')).toBeInTheDocument();
    expect(screen.getByText(/Aggiorna la password del canale/)).toBeInTheDocument();
    expect(screen.getByText(/AUTHENTICATIONFAILED/)).toBeInTheDocument();
    expect(screen.getByText(/I mittenti non sono verificabili/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Riattiva' }));
    await waitFor(() => expect(hub.world.channels[1]?.state).toBe('running'));
  });

  test('are paused only after a question', async () => {
    const { user, hub } = openPage('/channels');
    await user.click((await screen.findAllByRole('button', { name: 'Metti in pausa' }))[0] as HTMLElement);
    const dialog = await screen.findByRole('dialog', { name: /Mettere in pausa Posta URP/ });
    expect(hub.world.channels[0]?.state).toBe('running');
    await user.click(within(dialog).getByRole('button', { name: 'Metti in pausa' }));
    await waitFor(() => expect(hub.world.channels[0]?.state).toBe('paused'));
  });
});

describe('settings', () => {
  test('change language and theme at once, and the hub remembers', async () => {
    const { user, hub } = openPage('/settings');
    await user.click(await screen.findByRole('radio', { name: 'Scuro' }));
    await waitFor(() => expect(hub.world.me.theme).toBe('dark'));
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBe('dark'));
    await user.click(screen.getByRole('radio', { name: 'English' }));
    expect(await screen.findByText('Keyboard')).toBeInTheDocument();
    expect(document.documentElement.lang).toBe('en');
    await user.click(screen.getByRole('radio', { name: 'Italiano' }));
    expect(await screen.findByText('Tastiera')).toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'Come il sistema' }));
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBeUndefined());
  });

  test('a wrong current password is named at its field', async () => {
    const hub = fakeHub();
    hub.overrides.push(({ parts }) =>
      parts[1] === 'password' ? problem(422, 'invalid', { fields: [{ field: 'current', code: 'not_allowed' }] }) : undefined,
    );
    const { user } = openPage('/settings', hub);
    await user.type(await screen.findByLabelText('Password attuale'), 'sbagliata');
    await user.type(screen.getByLabelText('Nuova password'), 'una frase lunga');
    await user.click(screen.getByRole('button', { name: 'Cambia password' }));
    await waitFor(() => expect(screen.getByLabelText('Password attuale')).toHaveAccessibleDescription(/non è corretta/));
    expect(screen.getByLabelText('Nuova password')).toHaveValue('una frase lunga');
  });

  test('an own session elsewhere can be ended', async () => {
    const { user, hub } = openPage('/settings');
    expect(await screen.findByText('Edge · Windows')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Chiudi la sessione' }));
    await waitFor(() => expect(hub.world.sessions).toHaveLength(1));
  });
});

test('the line to the hub: lost is said after a moment, and what is on the screen stays', async () => {
  const hub = fakeHub();
  hub.overrides.push(({ parts }) => (parts[0] === 'live' ? problem(503, 'unavailable') : undefined));
  openPage('/inbox/mine?order=newest', hub);
  expect(await screen.findByText('Collegamento interrotto.', undefined, { timeout: 9000 })).toBeInTheDocument();
  expect(screen.getByText(/notaio/)).toBeInTheDocument();
});
