import type { Closure, Opening } from '@/api/schema.gen';

/** The days of a week, in the order in which it is read here. */
export const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export type Day = (typeof days)[number];

/** One stretch of hours as it is typed. */
export interface Stretch {
  key: string;
  from: string;
  to: string;
}

/** The hours of a week as they are typed. */
export type Week = Record<Day, readonly Stretch[]>;

/** A closure as it is typed. */
export interface TypedClosure extends Closure {
  key: string;
}

/** The week of a calendar, for editing. */
export function weekOf(hours: readonly Opening[]): Week {
  const of = (day: Day) => hours.filter((each) => each.day === day).map(({ from, to }) => ({ key: crypto.randomUUID(), from, to }));
  return {
    monday: of('monday'),
    tuesday: of('tuesday'),
    wednesday: of('wednesday'),
    thursday: of('thursday'),
    friday: of('friday'),
    saturday: of('saturday'),
    sunday: of('sunday'),
  };
}

/** What is sent of a week. */
export function hoursOf(week: Week): Opening[] {
  return days.flatMap((day) => week[day].map(({ from, to }) => ({ day, from: clockOf(from), to: clockOf(to) })));
}

/** Closures, for editing. */
export function typedClosures(closures: readonly Closure[]): TypedClosure[] {
  return closures.map((each) => ({ key: crypto.randomUUID(), ...each }));
}

/** What is sent of closures. */
export function closuresOf(closures: readonly TypedClosure[]): Closure[] {
  return closures.map(({ from, to, reason }) => ({ from, to, reason }));
}

/** A time as people type it: `9`, `9.30`, `930` and `0930` become `09:00` and `09:30`; anything else stays as it is. */
export function clockOf(typed: string): string {
  const found = /^(\d{1,2})(?:[.:,h ]?(\d{2}))?$/.exec(typed.trim());
  if (!found) return typed.trim();
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return typed.trim();
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** What is wrong with the hours of one day, in the hub's codes; nothing when they are fine or not yet typed to the end. */
export function faultOf(stretches: readonly Stretch[]): string | undefined {
  const whole = stretches.filter((each) => each.from && each.to).map((each) => ({ from: clockOf(each.from), to: clockOf(each.to) }));
  if (whole.some(({ from, to }) => ![from, to].every((each) => /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(each)))) return 'hours_format';
  if (whole.some(({ from, to }) => from >= to)) return 'hours_order';
  const sorted = whole.toSorted((a, b) => a.from.localeCompare(b.from));
  return sorted.some((each, index) => index > 0 && each.from < (sorted[index - 1]?.to ?? '')) ? 'hours_overlap' : undefined;
}

/** The stretch that is offered when one is added to a day. */
export function nextStretch(stretches: readonly Stretch[]): Stretch {
  const key = crypto.randomUUID();
  if (stretches.length === 0) return { key, from: '09:00', to: '13:00' };
  return stretches.some((each) => each.to > '14:30') ? { key, from: '', to: '' } : { key, from: '14:30', to: '17:00' };
}

/** As much of a calendar as is typed to the end; nothing while something typed is wrong. */
export function wholeOf(week: Week, closures: readonly TypedClosure[]): { hours: Opening[]; closures: Closure[] } | undefined {
  if (days.some((day) => faultOf(week[day]))) return undefined;
  const hours = hoursOf(week).filter((each) => each.from && each.to);
  const chosen = closuresOf(closures).filter((each) => each.from && (!each.to || each.to >= each.from));
  return hours.length > 0 ? { hours, closures: chosen } : undefined;
}
