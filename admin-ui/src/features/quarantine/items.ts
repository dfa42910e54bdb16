import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { QuarantineList, QuarantinePile } from '@/api/schema.gen';

/** Which items to list. */
export interface QuarantineFilter {
  state: 'open' | 'discarded';
  reason?: string | undefined;
  channel?: string | undefined;
}

/** Items to look at, or those put aside; newest first. */
export function quarantineQuery({ state, reason, channel }: QuarantineFilter) {
  const only = { ...(state === 'discarded' && { state }), ...(reason && { reason }), ...(channel && { channel }) };
  return infiniteQueryOptions({
    queryKey: ['quarantine', 'list', only] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/quarantine', { params: { query: { ...only, ...(pageParam && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page: QuarantineList) => page.next,
  });
}

/** How many items wait, by reason and channel. */
export const pilesQuery = queryOptions({
  queryKey: ['quarantine', 'piles'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/quarantine/piles', { signal }))).items,
});

/** How many of those that wait are in a list; a list of what was put aside is not counted. */
export function waiting(piles: readonly QuarantinePile[], { state, reason, channel }: QuarantineFilter): number {
  if (state === 'discarded') return 0;
  return piles.reduce(
    (sum, pile) => ((!reason || pile.reason === reason) && (!channel || pile.channel.id === channel) ? sum + pile.count : sum),
    0,
  );
}

/** One item. */
export function itemQuery(id: string) {
  return queryOptions({
    queryKey: ['quarantine', 'item', id] as const,
    queryFn: ({ signal }) => body(api.GET('/quarantine/{id}', { params: { path: { id } }, signal })),
  });
}

/** Bytes of an original that are shown; the rest is in the file. */
export const rawShown = 64 * 1024;

/** The beginning of an item's original bytes as text. */
export function rawQuery(id: string, url: string) {
  return queryOptions({
    queryKey: ['quarantine', 'raw', id] as const,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const { response } = await api.GET('/quarantine/{id}/raw', { params: { path: { id } }, parseAs: 'stream', signal });
      return readStart(response, url);
    },
  });
}

async function readStart(response: Response, url: string): Promise<{ text: string; cut: boolean; url: string }> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (reader && length < rawShown) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  const cut = length >= rawShown;
  if (cut) await reader?.cancel();
  const bytes = new Uint8Array(Math.min(length, rawShown));
  let at = 0;
  for (const part of parts) {
    bytes.set(part.subarray(0, Math.max(0, bytes.length - at)), at);
    at += part.length;
    if (at >= bytes.length) break;
  }
  // Whatever the bytes are, every one is shown: wrong UTF-8 becomes a replacement sign.
  return { text: new TextDecoder('utf-8').decode(bytes), cut, url };
}
