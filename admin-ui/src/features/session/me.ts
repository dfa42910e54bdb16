import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Me, MePatch } from '@/api/schema.gen';
import { isLanguage, setLanguage } from '@/i18n';
import { setTheme } from './theme';

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => adopt(await body(api.GET('/me', { signal }))),
  staleTime: Infinity,
  retry: false,
});

/** Who is signed in; only under the signed-in part of the page. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** Whether the signed-in operator may do something, by the API's name for it. */
export function useMay(action: string): boolean {
  return useMe().actions.includes(action);
}

/** Changes the operator's own settings. */
export function useUpdateMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (patch: MePatch) => body(api.PATCH('/me', { body: patch })),
    onSuccess: async (me) => {
      client.setQueryData(meQuery.queryKey, me);
      await adopt(me);
    },
  });
}

async function adopt(me: Me): Promise<Me> {
  setTheme(me.theme);
  if (isLanguage(me.language)) await setLanguage(me.language);
  return me;
}
