import { describe, expect, test, vi } from 'vitest';
import { api, body, onSessionLost } from './client';
import { hasCode, isPassing, Problem } from './problem';

const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(text, { status, headers: { 'Content-Type': 'application/problem+json', ...headers } })),
  );
const failure = (act: Promise<unknown>) =>
  act.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a failed answer', () => {
  test('becomes a problem with its code, fields and request id', async () => {
    answer(
      422,
      JSON.stringify({
        type: 'about:blank',
        title: 'Invalid',
        status: 422,
        code: 'invalid',
        request_id: 'r1',
        fields: [{ field: 'text', code: 'required' }],
      }),
    );
    const error = await failure(api.GET('/town'));
    expect(hasCode(error, 'invalid')).toBe(true);
    expect(error).toMatchObject({ requestId: 'r1', fields: [{ field: 'text', code: 'required' }] });
  });

  test('that is no problem document still gets a code', async () => {
    answer(502, '<html>bad gateway</html>');
    const error = await failure(api.GET('/town'));
    expect(hasCode(error, 'unavailable')).toBe(true);
    expect(isPassing(error)).toBe(true);
  });

  test('says how long to wait', async () => {
    answer(429, '{}', { 'Retry-After': '25' });
    expect(await failure(api.GET('/town'))).toMatchObject({ code: 'rate_limited', retryAfter: 25 });
  });
});

test('no answer at all is "offline"', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
  expect(hasCode(await failure(api.GET('/town')), 'offline')).toBe(true);
});

test('an ended session is announced, a refused sign-in is not', async () => {
  const lost = vi.fn();
  const stop = onSessionLost(lost);
  answer(401, '{}');
  await failure(api.GET('/me'));
  expect(lost).toHaveBeenCalledTimes(1);
  await failure(api.POST('/session', { body: { login: 'a', password: 'b' } }));
  expect(lost).toHaveBeenCalledTimes(1);
  stop();
  await failure(api.GET('/me'));
  expect(lost).toHaveBeenCalledTimes(1);
});

test('lists in an address are written with commas', async () => {
  const urls: string[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    urls.push(request.url);
    return Promise.resolve(new Response('{"items":[]}', { headers: { 'Content-Type': 'application/json' } }));
  });
  await body(api.GET('/tickets', { params: { query: { status: ['new', 'open'] } } }));
  expect(decodeURIComponent(urls[0] ?? '')).toContain('status=new,open');
});

test('an empty answer where one is due is a problem', async () => {
  await expect(body(Promise.resolve({}))).rejects.toBeInstanceOf(Problem);
});
