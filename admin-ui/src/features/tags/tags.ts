import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, body } from '@/api/client';
import type { Tag, TagColour } from '@/api/schema.gen';

/** All tags of the town, those no longer used included. */
export const tagsQuery = queryOptions({
  queryKey: ['tags'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/tags', { signal }))).items,
  staleTime: 5 * 60_000,
});

export const colours: readonly TagColour[] = ['grey', 'green', 'blue', 'violet', 'amber', 'red'];

/** The tags with these ids, in their order; one that is gone since is left out. */
export function useTagsOf(ids: readonly string[]): Tag[] {
  const all = useQuery({ ...tagsQuery, enabled: ids.length > 0 }).data;
  return useMemo(() => ids.flatMap((id) => all?.find((each) => each.id === id) ?? []), [ids, all]);
}

/** Which routing rules give a tag. */
export function tagUsesQuery(id: string) {
  return queryOptions({
    queryKey: ['tags', id, 'uses'] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/tags/{id}/uses', { params: { path: { id } }, signal }))).rules,
    staleTime: 0,
  });
}

/** What administrators do to tags. */
export function useTags() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: tagsQuery.queryKey });
  const make = useMutation({
    mutationFn: (tag: { name: string; colour?: TagColour }) => body(api.POST('/tags', { body: tag })),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ id, ...patch }: { id: string; name?: string; colour?: TagColour; retired?: boolean }) =>
      body(api.PATCH('/tags/{id}', { params: { path: { id } }, body: patch })),
    onSettled,
  });
  const merge = useMutation({
    mutationFn: ({ id, into }: { id: string; into: string }) =>
      body(api.POST('/tags/{id}/merge', { params: { path: { id } }, body: { into } })),
    onSettled: () => {
      // Requests and routing rules name the other one from now on.
      for (const key of ['tickets', 'ticket', 'routing']) void client.invalidateQueries({ queryKey: [key] });
      return onSettled();
    },
  });
  return { make, change, merge };
}
