import createClient, { type Middleware } from 'openapi-fetch';
import { Problem } from './problem';
import type { paths } from './schema.gen';

type Listener = () => void;
const lost = new Set<Listener>();

/** Calls the listener whenever the hub says that the session has ended; answers the way to stop. */
export function onSessionLost(listener: Listener): () => void {
  lost.add(listener);
  return () => lost.delete(listener);
}

/** Where the hub's API is mounted. */
export const apiRoot = '/api/v1';

const toProblem: Middleware = {
  async onResponse({ response, schemaPath }) {
    if (response.ok) return;
    if (response.status === 401 && schemaPath !== '/session') lost.forEach((listener) => listener());
    throw await Problem.from(response);
  },
  onError() {
    return Problem.offline();
  },
};

/** The hub's API, typed by its description; every failure is thrown as a Problem. */
export const api = createClient<paths>({
  baseUrl: `${location.origin}${apiRoot}`,
  credentials: 'same-origin',
  // Lists in an address are written `a,b`, as the description says.
  querySerializer: { array: { style: 'form', explode: false } },
  // Looked up at each call, so that tests may put a fake hub in its place.
  fetch: (request) => globalThis.fetch(request),
});
api.use(toProblem);

/** Takes the body out of an answer that must have one. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await answer;
  if (data === undefined || data === null) throw new Problem({ code: 'internal', title: 'empty answer' });
  return data;
}

/** A fresh key for one act; repeat it with every try of the same act. */
export function actKey(): string {
  return crypto.randomUUID();
}
