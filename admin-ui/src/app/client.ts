import { QueryClient } from '@tanstack/react-query';
import { isPassing } from '@/api/problem';

/** Makes the cache of what the hub said. */
export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The live stream says what changed; time alone makes nothing stale quickly.
        staleTime: 15_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => isPassing(error) && count < 3,
        retryDelay: (attempt) => Math.min(8000, 700 * 2 ** attempt),
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
