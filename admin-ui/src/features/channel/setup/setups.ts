import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** The kinds of channel that can be set up. */
export const adaptersQuery = queryOptions({
  queryKey: ['adapters'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/adapters', { signal }))).items,
  staleTime: 60_000,
});

/** How a channel is set up. What somebody is typing must not be replaced under their hands. */
export const setupQuery = (id: string) =>
  queryOptions({
    queryKey: ['channel-setup', id] as const,
    queryFn: ({ signal }) => body(api.GET('/channels/{id}/setup', { params: { path: { id } }, signal })),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
