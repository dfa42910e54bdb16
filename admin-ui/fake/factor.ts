import type * as Api from '../src/api/schema.gen.ts';
import { json, problem, type Route } from './hub.ts';

/** The code that the pretended phone shows. */
const right = '123456';

/** Who is asked for a second step, and for which. */
const steps: Readonly<Record<string, Api.Challenge['step']>> = { marco: 'code', anna: 'enrol' };

const recovery = Array.from({ length: 10 }, (_, i) => `k${i}qw-7rta-m4xe-pz${i}h`);

const wrongCode = () => problem(422, 'invalid', { fields: [{ field: 'code', code: 'wrong_code' }] });

/** What the hub asks besides the password of this login. */
export function challengeOf(login: string): Response | undefined {
  const step = steps[login];
  const answer: Api.Challenge | undefined = step && { challenge: step, step, expires_at: new Date(Date.now() + 300_000).toISOString() };
  return answer && json(answer, 202);
}

/** The second step of signing in. */
export const secondStep: Route = async ({ request, parts, hub }) => {
  if (parts.join('/') === 'session/second-factor') return json(key());
  if (parts.join('/') !== 'session/code') return undefined;
  const { challenge, code } = (await request.json()) as Api.ChallengeAnswer;
  if (code === '000000') return problem(404, 'not_found');
  if (code !== right && !recovery.includes(code)) return wrongCode();
  hub.signedIn = true;
  return json({ ...hub.world.sessions[0], operator: hub.world.me, ...(challenge === 'enrol' && { recovery_codes: recovery }) });
};

/** The own second factor, and of whom the town asks one. */
export const factor: Route = async ({ request, parts, hub }) => {
  const [first, second, act] = parts;
  if (first === 'sign-in-policy') return json(request.method === 'PUT' ? await request.json() : ({ second_factor: 'administrators' } satisfies Api.SignInPolicy));
  if (first !== 'me' || second !== 'second-factor') return undefined;
  if (request.method === 'GET') {
    return json({ active: hub.secondFactor, required: false, recovery_codes: hub.secondFactor ? recovery.length : 0, ...(hub.secondFactor && { since: new Date().toISOString() }) } satisfies Api.Factor);
  }
  const sent = (await request.json()) as Partial<Api.FactorProof>;
  if (sent.password !== undefined && sent.password !== hub.password) return problem(422, 'invalid', { fields: [{ field: 'password', code: 'wrong' }] });
  if ((hub.secondFactor || act === 'confirm') && sent.code !== right) return wrongCode();
  if (!act) return json(key());
  hub.secondFactor = act !== 'end';
  return act === 'end' ? new Response(null, { status: 204 }) : json({ codes: recovery } satisfies Api.RecoveryCodes);
};

/** A key and a drawing that looks like one; no camera reads it. */
function key(): Api.FactorKey {
  const size = 33;
  let path = '';
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if ((x * x + y * 7 + x * y) % 3 === 0) path += `M${x} ${y}h1v1h-1z`;
  return { key: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Sportello:lucia?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', drawing: { path, size } };
}
