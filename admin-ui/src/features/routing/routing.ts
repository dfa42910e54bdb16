import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { RoutingRule } from '@/api/schema.gen';
import { createStore } from '@/app/store';

/** The rules in force. */
export const routingQuery = queryOptions({
  queryKey: ['routing'] as const,
  queryFn: ({ signal }) => body(api.GET('/routing', { signal })),
});

/** What the rules decided lately. */
export const routingLogQuery = queryOptions({
  queryKey: ['routing', 'log'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/routing/log', { params: { query: { limit: 50 } }, signal }))).items,
});

/** The macro-areas into which offices fall. */
export const areasQuery = queryOptions({
  queryKey: ['areas'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/areas', { signal }))).items,
  staleTime: 5 * 60_000,
});

/** Rules that are being changed, and the version they were taken from. They outlive the page being left. */
export const draft = createStore<{ version: number; rules: readonly RoutingRule[] } | undefined>(undefined);

/** Tries rules, or puts them in force. */
export function useRouting() {
  const client = useQueryClient();
  const attempt = useMutation({
    mutationFn: (rules: readonly RoutingRule[]) => body(api.POST('/routing/trial', { body: { rules: [...rules], last: 500 } })),
  });
  const save = useMutation({
    mutationFn: ({ version, rules }: { version: number; rules: readonly RoutingRule[] }) =>
      body(api.PUT('/routing', { body: { version, rules: [...rules] } })),
    onSuccess: (fresh) => {
      client.setQueryData(routingQuery.queryKey, fresh);
      draft.set(undefined);
      attempt.reset();
    },
  });
  return { attempt, save };
}
