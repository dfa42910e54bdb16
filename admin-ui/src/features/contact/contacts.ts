import { queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';

/** One contact with its addresses. */
export function contactQuery(id: string) {
  return queryOptions({
    queryKey: ['contact', id] as const,
    queryFn: ({ signal }) => body(api.GET('/contacts/{id}', { params: { path: { id } }, signal })),
    staleTime: 60_000,
  });
}

/** A contact's latest tickets. */
export function contactTicketsQuery(id: string) {
  return queryOptions({
    queryKey: ['contact-tickets', id] as const,
    queryFn: async ({ signal }) =>
      (await body(api.GET('/contacts/{id}/tickets', { params: { path: { id }, query: { limit: 6 } }, signal }))).items,
    staleTime: 30_000,
  });
}

/** Who may be the same as a contact. */
export function duplicatesQuery(id: string) {
  return queryOptions({
    queryKey: ['contact-duplicates', id] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/contacts/{id}/duplicates', { params: { path: { id } }, signal }))).items,
    staleTime: 60_000,
  });
}

/** Everything a contact said about being written to, the latest word first. */
export function consentsQuery(id: string) {
  return queryOptions({
    queryKey: ['contact-consents', id] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/contacts/{id}/consents', { params: { path: { id } }, signal }))).items,
  });
}

/** Whom a contact has to do with. */
export function relationsQuery(id: string) {
  return queryOptions({
    queryKey: ['contact-relations', id] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/contacts/{id}/relations', { params: { path: { id } }, signal }))).items,
    staleTime: 60_000,
  });
}

/** The day it is here, as a date field takes it. */
export const today = () => new Intl.DateTimeFormat('sv-SE').format(new Date());
