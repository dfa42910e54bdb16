import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** Where a reply would go now, and why. */
export function choiceQuery(number: string, bytes: number, characters: number) {
  return queryOptions({
    queryKey: ['choice', number, bytes, characters] as const,
    queryFn: ({ signal }) =>
      body(
        api.GET('/tickets/{number}/delivery-choice', {
          params: { path: { number }, query: { ...(bytes > 0 && { bytes }), ...(characters > 0 && { characters }) } },
          signal,
        }),
      ),
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
}
