import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { PersonReturns, Role } from '@/api/schema.gen';

/** What is about to change of somebody. */
export interface Leaving {
  role?: Role;
  active?: boolean;
  leave?: string[];
  join?: string[];
}

/** How many open requests would go back into queues with a change; asked for anew each time. */
export const returnsQuery = (id: string, change: Leaving) =>
  queryOptions({
    queryKey: ['returns', id, change] as const,
    queryFn: ({ signal }) => body(api.GET('/people/{id}/returns', { params: { path: { id }, query: change }, signal })),
    gcTime: 0,
    staleTime: 0,
  });

/** Whether anything goes back. */
export const some = ({ requests, unseen }: PersonReturns) => requests > 0 || unseen;
