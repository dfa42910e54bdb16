import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Plugin } from 'vite';

type Handle = (request: Request) => Promise<Response>;

/** Answers /api from the fake hub, so that every screen can be looked at without a hub or a database. */
export function mockHub(): Plugin {
  return {
    name: 'sportello-mock-hub',
    async configureServer(server) {
      const { demoHub } = (await server.ssrLoadModule('/fake/demo.ts')) as { demoHub: () => { handle: Handle } };
      const hub = demoHub();
      server.middlewares.use('/api', (req, res) => void forward(hub.handle, req, res));
    },
  };
}

async function forward(handle: Handle, req: IncomingMessage, res: ServerResponse) {
  const stop = new AbortController();
  res.on('close', () => stop.abort());
  const url = `http://${req.headers.host ?? 'localhost'}/api${req.url ?? ''}`;
  const method = req.method ?? 'GET';
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) if (typeof value === 'string') headers.set(name, value);
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(req) as ReadableStream);
  const init = { method, headers, body, signal: stop.signal, duplex: 'half' } as RequestInit;
  const answer = await handle(new Request(url, init));
  res.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (!answer.body) return res.end();
  const stream = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
  stream.on('error', () => res.destroy());
  stream.pipe(res);
}
