import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { RequestType } from '@/api/schema.gen';
import { requestTypesQuery } from '@/features/standing/standing';

/** The codes in another order: one moved by a place up or down; as they are at either end. */
export function moved(all: readonly RequestType[], code: string, by: -1 | 1): string[] {
  const codes = all.map((each) => each.code);
  const from = codes.indexOf(code);
  const to = from + by;
  if (from < 0 || to < 0 || to >= codes.length) return codes;
  return codes.toSpliced(from, 1).toSpliced(to, 0, code);
}

/** What administrators do to types of request. */
export function useTypes() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: requestTypesQuery.queryKey });
  const make = useMutation({
    mutationFn: (labels: RequestType['labels']) => body(api.POST('/request-types', { body: { labels } })),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ code, ...patch }: { code: string; labels?: RequestType['labels']; retired?: boolean }) =>
      body(api.PATCH('/request-types/{code}', { params: { path: { code } }, body: patch })),
    onSettled,
  });
  const arrange = useMutation({ mutationFn: (codes: string[]) => body(api.PUT('/request-types/order', { body: { codes } })), onSettled });
  return { make, change, arrange };
}
