import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Mention, MentionList, MentionsRead } from '@/api/schema.gen';
import { countsQuery } from '@/features/ticket/tickets';

/** What I am mentioned in, newest first. */
export const mentionsQuery = infiniteQueryOptions({
  queryKey: ['mentions'] as const,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    body(api.GET('/mentions', { params: { query: { ...(pageParam && { cursor: pageParam }) } }, signal })),
  getNextPageParam: (page: MentionList) => page.next,
  staleTime: 10_000,
});

/** Whom a note on a ticket can mention; who does not see it is among them, and says so. */
export function mentionableQuery(number: string) {
  return queryOptions({
    queryKey: ['mentionable', number] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/tickets/{number}/mentionable', { params: { path: { number } }, signal }))).items,
    staleTime: 30_000,
  });
}

/** Notes what was read; when that fails it stays unread, and is tried at the next look. */
export function useRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (read: MentionsRead) => void (await api.POST('/mentions/read', { body: read })),
    onSuccess: () => {
      for (const queryKey of [mentionsQuery.queryKey, countsQuery.queryKey]) void client.invalidateQueries({ queryKey });
    },
  });
}

/** Whom the editor's text names, each once. */
export function mentionsIn(html: string | undefined): Mention[] {
  if (!html?.includes('data-o')) return [];
  const marked = new DOMParser().parseFromString(html, 'text/html').querySelectorAll<HTMLElement>('[data-operator], [data-office]');
  const all = [...marked].map(({ dataset }): Mention =>
    dataset['operator'] ? { operator_id: dataset['operator'] } : { office_id: dataset['office'] ?? '' },
  );
  return all.filter(
    (each, index) => all.findIndex((other) => other.operator_id === each.operator_id && other.office_id === each.office_id) === index,
  );
}
