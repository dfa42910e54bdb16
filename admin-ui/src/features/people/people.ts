import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { PersonInput, PersonPatch } from '@/api/schema.gen';

/** Everybody who can sign in, or could. */
export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: async ({ signal }) => (await body(api.GET('/people', { signal }))).items,
});

/** Where somebody is signed in. */
export const personSessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['person-sessions', id],
    queryFn: async ({ signal }) => (await body(api.GET('/people/{id}/sessions', { params: { path: { id } }, signal }))).items,
  });

/** The address at which an invitation is answered; the secret stays out of logs behind the hash. */
export function invitationLink(secret: string): string {
  return `${location.origin}/invito#${secret}`;
}

/** What administrators do to people. */
export function usePeople() {
  const client = useQueryClient();
  const onSettled = () => {
    void client.invalidateQueries({ queryKey: peopleQuery.queryKey });
    void client.invalidateQueries({ queryKey: ['person-sessions'] });
  };
  const invite = useMutation({ mutationFn: (person: PersonInput) => body(api.POST('/people', { body: person })), onSettled });
  const again = useMutation({
    mutationFn: (id: string) => body(api.POST('/people/{id}/invitation', { params: { path: { id } } })),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ id, ...patch }: PersonPatch & { id: string }) =>
      body(api.PATCH('/people/{id}', { params: { path: { id } }, body: patch })),
    onSettled,
  });
  const signOut = useMutation({ mutationFn: (id: string) => api.DELETE('/people/{id}/sessions', { params: { path: { id } } }), onSettled });
  const resetFactor = useMutation({
    mutationFn: (id: string) => api.DELETE('/people/{id}/second-factor', { params: { path: { id } } }),
    onSettled,
  });
  const endSession = useMutation({
    mutationFn: ({ id, session }: { id: string; session: string }) =>
      api.DELETE('/people/{id}/sessions/{session}', { params: { path: { id, session } } }),
    onSettled,
  });
  return { invite, again, change, signOut, resetFactor, endSession };
}
