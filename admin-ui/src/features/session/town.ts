import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** The town this installation serves; open to everyone, so that the sign-in page can show it. */
export function useTown() {
  return useQuery({
    queryKey: ['town'],
    queryFn: ({ signal }) => body(api.GET('/town', { signal })),
    staleTime: Infinity,
  });
}

/** The town's time zone; Rome until it is known. */
export function useTownZone(): string {
  return useTown().data?.time_zone ?? 'Europe/Rome';
}
