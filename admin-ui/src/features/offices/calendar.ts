import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Calendar, CalendarPreviewInput, OwnCalendar, TownCalendar } from '@/api/schema.gen';

/** When the town and its offices work. */
export const calendarQuery = queryOptions({
  queryKey: ['calendar'] as const,
  queryFn: ({ signal }) => body(api.GET('/calendar', { signal })),
});

/** What a calendar that is being typed would mean. */
export function previewQuery(input: CalendarPreviewInput) {
  return queryOptions({
    queryKey: ['calendar', 'preview', input] as const,
    queryFn: ({ signal }) => body(api.POST('/calendar/preview', { body: input, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** Changes a calendar and lets everything that depends on it be read again. */
export function usePutCalendar() {
  const client = useQueryClient();
  const onSuccess = (fresh: Calendar) => {
    client.setQueryData(calendarQuery.queryKey, fresh);
    for (const key of ['offices', 'office']) void client.invalidateQueries({ queryKey: [key] });
  };
  const town = useMutation({
    mutationFn: (calendar: TownCalendar) => body(api.PUT('/calendar', { body: calendar })),
    onSuccess,
  });
  const own = useMutation({
    mutationFn: ({ id, ...calendar }: OwnCalendar & { id: string }) =>
      body(api.PUT('/offices/{id}/calendar', { params: { path: { id } }, body: calendar })),
    onSuccess,
  });
  return { town, own };
}
