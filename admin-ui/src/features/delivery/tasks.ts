import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { DeliveryTaskList } from '@/api/schema.gen';

/** The states in which a delivery needs a decision. */
type TaskState = 'failed' | 'uncertain';

/** Deliveries that need a decision, oldest first. */
export function tasksQuery(state: TaskState) {
  return infiniteQueryOptions({
    queryKey: ['deliveries', state] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/deliveries', { params: { query: { state, ...(pageParam && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page: DeliveryTaskList) => page.next,
  });
}

/** One delivery with its attempts and everything that is proved about it. */
export function deliveryQuery(id: string) {
  return queryOptions({
    queryKey: ['delivery', id] as const,
    queryFn: ({ signal }) => body(api.GET('/deliveries/{id}', { params: { path: { id } }, signal })),
  });
}
