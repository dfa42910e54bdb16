import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { DuplicatePairList } from '@/api/schema.gen';

/** Pairs of contacts of the whole town that may be one, the likeliest first. */
export const pairsQuery = infiniteQueryOptions({
  queryKey: ['pairs'] as const,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    body(api.GET('/duplicates', { params: { query: { ...(pageParam && { cursor: pageParam }) } }, signal })),
  getNextPageParam: (page: DuplicatePairList) => page.next,
  staleTime: 10_000,
});
