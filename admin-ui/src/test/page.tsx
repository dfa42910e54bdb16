import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import { FakeHub } from '../../fake/hub';
import { stage } from '../../fake/scenes';
import { buildWorld } from '../../fake/world';
import { makeClient } from '@/app/client';
import { preferences } from '@/app/preferences';
import { makeRouter } from '@/app/router';
import { toasts } from '@/design/toasts';
import { pending } from '@/features/composer/pending';
import { seen } from '@/features/ticket/seen';

/** A hub in memory that answers every fetch of the page. */
export function fakeHub(tickets = 40): FakeHub {
  forgetAll();
  const hub = new FakeHub(buildWorld(tickets));
  stage(hub.world);
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), location.origin), init);
    return hub.handle(request);
  });
  return hub;
}

/** What the page keeps outside React must not reach from one test into the next. */
function forgetAll() {
  pending.set([]);
  toasts.set([]);
  seen.set({});
  preferences.set({ singleKeys: true, facts: true });
}

/** The whole page at an address, with a hub behind it. */
export function openPage(address: string, hub = fakeHub()) {
  const client: QueryClient = makeClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = makeRouter(client, history);
  const view = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { hub, client, router, user: userEvent.setup(), ...view };
}
