import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { actKey, api, body } from '@/api/client';
import type { AreaListChange, NewOffice, OfficeChange, OfficeDetail } from '@/api/schema.gen';
import { meQuery } from '@/features/session/me';
import { officesQuery } from '@/features/ticket/tickets';

/** All offices with their areas. */
export const overviewQuery = queryOptions({
  queryKey: ['offices', 'overview'] as const,
  queryFn: ({ signal }) => body(api.GET('/offices/overview', { signal })),
});

/** One office. */
export function officeQuery(id: string) {
  return queryOptions({
    queryKey: ['office', id] as const,
    queryFn: ({ signal }) => body(api.GET('/offices/{id}', { params: { path: { id } }, signal })),
  });
}

/** The macro-areas and their revision. */
export const areasQuery = queryOptions({
  queryKey: ['areas'] as const,
  queryFn: ({ signal }) => body(api.GET('/areas', { signal })),
});

/** Forgets what was read of offices, because something about them has changed. */
function useForget() {
  const client = useQueryClient();
  return () => {
    for (const queryKey of [officesQuery.queryKey, ['office'], areasQuery.queryKey, ['calendar'], meQuery.queryKey])
      void client.invalidateQueries({ queryKey });
  };
}

/** Makes an office. */
export function useCreateOffice() {
  const onSettled = useForget();
  return useMutation({
    mutationFn: (office: NewOffice) => body(api.POST('/offices', { params: { header: { 'Idempotency-Key': actKey() } }, body: office })),
    onSettled,
  });
}

/** Changes the macro-areas as a whole. */
export function usePutAreas() {
  const onSettled = useForget();
  return useMutation({
    mutationFn: (change: AreaListChange) => body(api.PUT('/areas', { body: change })),
    onSettled,
  });
}

/** What is done to one office; each act shows the office as it is then. */
export function useOffice(id: string) {
  const client = useQueryClient();
  const forget = useForget();
  const params = { path: { id } };
  const onSuccess = (fresh: OfficeDetail) => {
    client.setQueryData(officeQuery(id).queryKey, fresh);
    forget();
  };
  const onError = forget;
  const change = useMutation({
    mutationFn: (office: OfficeChange) => body(api.PUT('/offices/{id}', { params, body: office })),
    onSuccess,
  });
  const confide = useMutation({
    mutationFn: (of: { version: number; confidential: boolean }) => body(api.PUT('/offices/{id}/confidential', { params, body: of })),
    onSuccess,
    onError,
  });
  const admit = useMutation({
    mutationFn: (operator: string) => body(api.PUT('/offices/{id}/members/{operator}', { params: { path: { id, operator } } })),
    onSuccess,
  });
  const dismiss = useMutation({
    mutationFn: (operator: string) => body(api.DELETE('/offices/{id}/members/{operator}', { params: { path: { id, operator } } })),
    onSuccess,
  });
  const activate = useMutation({
    mutationFn: (version: number) => body(api.POST('/offices/{id}/activate', { params, body: { version } })),
    onSuccess,
    onError,
  });
  return { change, confide, admit, dismiss, activate };
}

/** Closes an office down: as many requests as it takes until everything it holds has moved; `progress` hears how many have. */
export function useCloseDown(id: string, progress: (moved: number) => void) {
  const onSettled = useForget();
  return useMutation({
    mutationFn: async ({ version, successor, move }: { version: number; successor: string; move: boolean }) => {
      for (let moved = 0; ;) {
        const done = await body(
          api.POST('/offices/{id}/deactivate', {
            params: { path: { id } },
            body: { version, successor_id: successor, move_tickets: move },
          }),
        );
        moved += done.moved;
        progress(moved);
        // When nothing moved and something is left, asking again would go on for ever.
        if (done.left === 0 || done.moved === 0) return done;
      }
    },
    onSettled,
  });
}
