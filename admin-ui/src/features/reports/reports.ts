import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Language, ReportExport, ReportFigure, ReportPart, ReportStep } from '@/api/schema.gen';

/** What a report is asked for. */
export interface Wanted {
  from: string;
  to: string;
  step: ReportStep;
  by: ReportPart;
  office?: string;
  area?: string;
  channel?: string;
  type?: string;
}

/** The figures of a period; they change every minute. */
export function reportQuery(wanted: Wanted) {
  return queryOptions({
    queryKey: ['report', wanted] as const,
    queryFn: ({ signal }) => body(api.GET('/reports', { params: { query: wanted }, signal })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

/** The requests behind a figure, page after page. */
export function behindQuery(figure: ReportFigure, { from, to, office, area, channel, type }: Wanted) {
  const query = {
    figure,
    from,
    to,
    ...(office && { office }),
    ...(area && { area }),
    ...(channel !== undefined && { channel }),
    ...(type !== undefined && { type }),
  };
  return infiniteQueryOptions({
    queryKey: ['report', 'tickets', query] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET('/reports/tickets', {
          params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next,
    staleTime: 60_000,
  });
}

/** Saves the rows of a report as a file for spreadsheets. */
export async function saveTable(
  { from, to, by, office, area, channel, type }: Wanted,
  rows: ReportExport['by'] | undefined,
  language: Language,
): Promise<void> {
  const { data } = await api.POST('/reports/export', {
    body: {
      from,
      to,
      by: rows ?? by,
      language,
      ...(office && { office }),
      ...(area && { area }),
      ...(channel !== undefined && { channel }),
      ...(type !== undefined && { type }),
    },
    parseAs: 'blob',
  });
  const address = URL.createObjectURL(data as unknown as Blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = `andamento-${from}-${to}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
