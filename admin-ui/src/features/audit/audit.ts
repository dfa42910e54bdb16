import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, apiRoot, body } from '@/api/client';
import type { AuditSearch } from './search';

const bounds = ({ from, until }: AuditSearch) => {
  const start = (day: string, plus: number) => {
    const at = new Date(`${day}T00:00`);
    at.setDate(at.getDate() + plus);
    return at.toISOString();
  };
  return { ...(from && { from: start(from, 0) }), ...(until && { until: start(until, 1) }) };
};

/** The log, newest first, page by page. */
export function auditQuery(search: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ['audit', search] as const,
    queryFn: ({ pageParam, signal }) => {
      const query = { ...search, ...bounds(search), ...(pageParam && { cursor: pageParam }) };
      return body(api.GET('/audit', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
}

/** The address of the log as a file. */
export function exportAddress(search: AuditSearch, format: 'csv' | 'jsonl'): string {
  const query = new URLSearchParams({ ...search, ...bounds(search), format });
  return `${apiRoot}/audit/export?${query.toString()}`;
}

/** How the chain stands; asked again soon while all of it is being walked. */
export const auditStateQuery = queryOptions({
  queryKey: ['audit-state'],
  queryFn: ({ signal }) => body(api.GET('/audit/state', { signal })),
  staleTime: 10_000,
  refetchInterval: ({ state }) => (state.data?.check && !state.data.check.finished_at ? 1500 : 30_000),
});

/** Has the whole chain walked. */
export function useAuditCheck() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.POST('/audit/check')),
    onSuccess: (state) => client.setQueryData(auditStateQuery.queryKey, state),
  });
}

/** Who read a citizen's record. */
export function readersQuery(contact: string) {
  return queryOptions({
    queryKey: ['contact-readers', contact] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/contacts/{id}/readers', { params: { path: { id: contact } }, signal }))).items,
    staleTime: 30_000,
  });
}
