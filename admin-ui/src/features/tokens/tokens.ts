import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { TokenInput } from '@/api/schema.gen';

/** The keys of scripts, those that came to their end too. */
export const tokensQuery = queryOptions({
  queryKey: ['tokens'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/tokens', { signal }))).items,
});

/** What administrators do to keys. */
export function useTokens() {
  const client = useQueryClient();
  const onSettled = () => void client.invalidateQueries({ queryKey: tokensQuery.queryKey });
  const make = useMutation({ mutationFn: (token: TokenInput) => body(api.POST('/tokens', { body: token })), onSettled });
  const end = useMutation({ mutationFn: (id: string) => api.DELETE('/tokens/{id}', { params: { path: { id } } }), onSettled });
  return { make, end };
}
