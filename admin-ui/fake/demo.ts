import { FakeHub } from './hub.ts';
import { Dice } from './random.ts';
import { stage } from './scenes.ts';
import { addInbound, buildWorld } from './world.ts';

/** A hub to look at: a town with 200 tickets (or `FAKE_TICKETS`), and somebody who writes now and then (`FAKE_QUIET=1` stops it). */
export function demoHub(): FakeHub {
  const hub = new FakeHub(buildWorld(Number(process.env['FAKE_TICKETS'] ?? 200)));
  stage(hub.world);
  hub.delay = Number(process.env['FAKE_DELAY'] ?? 60);
  setInterval(() => hub.live.beat(), 20_000).unref();
  if (!process.env['FAKE_QUIET']) {
    const dice = new Dice(3);
    setInterval(() => {
      const it = dice.pick(hub.world.cases.slice(0, 60));
      addInbound(hub.world, it, 'Buongiorno, ci sono novità? Grazie.', Date.now(), { threading_reason: 'token', sender_authenticated: true });
      if (it.ticket.status !== 'new') it.ticket.status = 'open';
      hub.changed(it.ticket.number);
    }, 9000).unref();
  }
  return hub;
}
