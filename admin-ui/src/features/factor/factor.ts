import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { FactorProof } from '@/api/schema.gen';

/** How things stand with the own second factor. */
export const factorQuery = queryOptions({
  queryKey: ['factor'] as const,
  queryFn: ({ signal }) => body(api.GET('/me/second-factor', { signal })),
});

/** Of whom the town asks a second factor. */
export const signInPolicyQuery = queryOptions({
  queryKey: ['sign-in-policy'] as const,
  queryFn: ({ signal }) => body(api.GET('/sign-in-policy', { signal })),
});

/** What operators do to their own second factor. */
export function useFactor() {
  const client = useQueryClient();
  const onSuccess = () => {
    void client.invalidateQueries({ queryKey: factorQuery.queryKey });
    void client.invalidateQueries({ queryKey: ['sessions'] });
  };
  const begin = useMutation({ mutationFn: (proof: FactorProof) => body(api.POST('/me/second-factor', { body: proof })) });
  const confirm = useMutation({ mutationFn: (code: string) => body(api.POST('/me/second-factor/confirm', { body: { code } })), onSuccess });
  const renew = useMutation({
    mutationFn: (proof: FactorProof) => body(api.POST('/me/second-factor/recovery-codes', { body: proof })),
    onSuccess,
  });
  const end = useMutation({ mutationFn: (proof: FactorProof) => api.POST('/me/second-factor/end', { body: proof }), onSuccess });
  return { begin, confirm, renew, end };
}
