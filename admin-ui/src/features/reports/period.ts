import type { ReportPart, ReportStep } from '@/api/schema.gen';

/** The stretches of time that are one press away. */
export const periods = ['week', 'month', 'lastMonth', 'year', 'custom'] as const;
type PeriodName = (typeof periods)[number];

/** What the rows of the table may stand for. */
export const reportParts = ['office', 'area', 'channel', 'type'] as const satisfies readonly ReportPart[];

/** What the address of the page says. */
export interface Asked {
  period?: PeriodName;
  from?: string;
  to?: string;
  by?: ReportPart;
  office?: string;
  area?: string;
  channel?: string;
  type?: string;
}

const day = /^\d{4}-\d{2}-\d{2}$/;

/** Reads the address; what nobody writes by hand is left out. */
export function readAsked(search: Record<string, unknown>): Asked {
  const text = (key: string) => (typeof search[key] === 'string' ? (search[key] as string) : undefined);
  const period = periods.find((each) => each === search['period']);
  const by = reportParts.find((each) => each === search['by']);
  const [from, to] = [text('from'), text('to')];
  const [office, area, channel, type] = [text('office'), text('area'), text('channel'), text('type')];
  return {
    ...(period && { period }),
    ...(from && day.test(from) && { from }),
    ...(to && day.test(to) && { to }),
    ...(by && { by }),
    ...(office && { office }),
    ...(area && { area }),
    ...(channel !== undefined && { channel }),
    ...(type !== undefined && { type }),
  };
}

/** First and last day of what is asked, and the steps in which its course is drawn. */
export function spanOf({ period = 'month', from, to }: Asked, today: string): { from: string; to: string; step: ReportStep } {
  const [year, month, date] = today.split('-').map(Number) as [number, number, number];
  switch (period) {
    case 'week':
      return { from: shift(today, -((weekday(today) + 6) % 7)), to: today, step: 'day' };
    case 'month':
      return { from: iso(year, month, 1), to: today, step: 'day' };
    case 'lastMonth':
      return { from: iso(year, month - 1, 1), to: iso(year, month, 0), step: 'day' };
    case 'year':
      return { from: iso(year, 1, 1), to: iso(year, month, date), step: 'month' };
    case 'custom': {
      const [first, last] = [from ?? iso(year, month, 1), to ?? today];
      const days = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
      return { from: first, to: last, step: days <= 62 ? 'day' : days <= 400 ? 'week' : 'month' };
    }
  }
}

function iso(year: number, month: number, date: number): string {
  return new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10);
}

function weekday(of: string): number {
  return new Date(of).getUTCDay();
}

function shift(of: string, days: number): string {
  return new Date(Date.parse(of) + days * 86_400_000).toISOString().slice(0, 10);
}
