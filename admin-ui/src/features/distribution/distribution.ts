import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { actKey, api, body } from '@/api/client';
import type { AbsenceList, Colleague, NewAbsence, OfficeDistributionChange } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import type { Choice } from '@/design/Picker';
import { useMe } from '@/features/session/me';
import { operatorsQuery } from '@/features/ticket/tickets';
import { useMoments } from '@/i18n/words';

/** How an office shares its work out, and who is there. */
export function distributionQuery(office: string) {
  return queryOptions({
    queryKey: ['distribution', office] as const,
    queryFn: ({ signal }) => body(api.GET('/offices/{id}/distribution', { params: { path: { id: office } }, signal })),
  });
}

/** Whom the requests that nobody has would be given to; asked for anew each time. */
export function previewQuery(office: string) {
  return queryOptions({
    queryKey: ['distribution', office, 'preview'] as const,
    queryFn: ({ signal }) => body(api.GET('/offices/{id}/distribution/preview', { params: { path: { id: office } }, signal })),
    gcTime: 0,
  });
}

/** What was assigned automatically, and taken back. */
export const handoutsQuery = queryOptions({
  queryKey: ['routing', 'handouts'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/routing/handouts', { params: { query: { limit: 50 } }, signal }))).items,
});

/** When somebody is away, as far as it is not over. */
export function absencesQuery(operator: string) {
  return queryOptions({
    queryKey: ['absences', operator] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/operators/{id}/absences', { params: { path: { id: operator } }, signal }))).items,
  });
}

/** Changes how an office shares out. */
export function usePutDistribution(office: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: OfficeDistributionChange) =>
      body(api.PUT('/offices/{id}/distribution', { params: { path: { id: office } }, body: change })),
    onSuccess: (fresh) => {
      client.setQueryData(distributionQuery(office).queryKey, fresh);
      client.removeQueries({ queryKey: previewQuery(office).queryKey });
    },
  });
}

/** Gives somebody a capacity of their own; none is the office's. */
export function useSetCapacity(operator: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (capacity: number | undefined) =>
      void (await api.PUT('/operators/{id}/capacity', { params: { path: { id: operator } }, body: capacity ? { capacity } : {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['distribution'] }),
  });
}

/** Notes an absence, or takes one back. */
export function useAbsences(operator: string) {
  const client = useQueryClient();
  const onSuccess = ({ items }: AbsenceList) => {
    client.setQueryData(absencesQuery(operator).queryKey, items);
    for (const queryKey of [['distribution'], operatorsQuery.queryKey]) void client.invalidateQueries({ queryKey });
  };
  const add = useMutation({
    mutationFn: (absence: NewAbsence) =>
      body(
        api.POST('/operators/{id}/absences', {
          params: { path: { id: operator }, header: { 'Idempotency-Key': actKey() } },
          body: absence,
        }),
      ),
    onSuccess,
  });
  const drop = useMutation({
    mutationFn: (absence: string) =>
      body(api.DELETE('/operators/{id}/absences/{absence}', { params: { path: { id: operator, absence } } })),
    onSuccess,
  });
  return { add, drop };
}

/** A day of the calendar, in words. A day has no hour: noon keeps it the same in the town's zone. */
export function useDay(): (day: string) => string {
  const moments = useMoments();
  const now = useMinute();
  return (day) => moments.date(`${day}T12:00:00Z`, now);
}

/** Everybody with access, and of each whether requests of all these offices can be given to them. */
function colleaguesQuery(offices: readonly string[]) {
  const office = [...new Set(offices)].sort().slice(0, mostOffices);
  return queryOptions({
    queryKey: [...operatorsQuery.queryKey, office] as const,
    queryFn: async ({ signal }) => (await body(api.GET('/operators', { params: { query: { office } }, signal }))).items,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** About as many offices as the hub is asked about at once. */
const mostOffices = 200;

/**
 * Whom requests of these offices can be given to: oneself, then colleagues, then nobody, where that is a choice. Who does
 * not work on all of them stands at the end with the reason; beside who is away stands until when.
 */
export function useAssignees(
  offices: readonly string[],
  { mine, nobody, enabled }: { mine: string; nobody: string | undefined; enabled: boolean },
): Choice[] {
  const { t } = useTranslation();
  const me = useMe();
  const day = useDay();
  const list = useQuery({ ...colleaguesQuery(offices), enabled }).data ?? [];
  const blind = t(new Set(offices).size > 1 ? 'distribution.blindMany' : 'distribution.blind');
  const choice = ({ id, name, away_until: until, works }: Colleague): Choice => ({
    value: id,
    label: id === me.id ? mine : name,
    ...(until && { hint: t('absence.until', { day: day(until) }) }),
    ...(works === false && { off: blind }),
  });
  const own = list.find(({ id }) => id === me.id) ?? { id: me.id, name: me.name };
  const others = list.filter(({ id }) => id !== me.id);
  return [
    choice(own),
    ...others.filter(({ works }) => works !== false).map(choice),
    ...(nobody ? [{ value: '', label: nobody, danger: true }] : []),
    ...others.filter(({ works }) => works === false).map(choice),
  ];
}
