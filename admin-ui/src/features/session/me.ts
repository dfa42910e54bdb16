import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
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

/** What is still allowed on a ticket that is in sight for a share alone. */
const shareable: readonly string[] = ['ticket.note', 'ask.answer'];

/** Around a ticket that is only shared with the operator's office. */
export const SharedOnly = createContext(false);

/** Whether the signed-in operator may do something, by the API's name for it, here where it is asked. */
export function useMay(action: string): boolean {
  const sharedOnly = useContext(SharedOnly);
  const may = useMe().actions.includes(action);
  return may && (!sharedOnly || shareable.includes(action));
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
