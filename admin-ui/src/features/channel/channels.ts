import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** All channels with their health. */
export const channelsQuery = queryOptions({
  queryKey: ['channels'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/channels', { signal }))).items,
  staleTime: 30_000,
});

/** The channels that were put away. */
export const archivedQuery = queryOptions({
  queryKey: ['channels', 'archived'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/channels', { params: { query: { archived: true } }, signal }))).items,
  staleTime: 30_000,
});
