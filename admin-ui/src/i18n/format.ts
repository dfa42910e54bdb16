import type { Language } from '@/api/schema.gen';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in at most two units: `14 min`, `2 h 14 min`, `3 g 2 h`. */
export function lengthOfTime(ms: number, language: Language): string {
  const d = language === 'it' ? 'g' : 'd';
  const m = Math.floor(ms / minute);
  if (m < 1) return '<1 min';
  if (m < 60) return `${m} min`;
  const h = Math.floor(ms / hour);
  if (h < 24) return m % 60 === 0 ? `${h} h` : `${h} h ${m % 60} min`;
  const days = Math.floor(ms / day);
  return h % 24 === 0 || days > 9 ? `${days} ${d}` : `${days} ${d} ${h % 24} h`;
}

/** A length of time in one unit, spelled out: `12 minuti`, `5 ore`, `2 giorni`. */
export function roughTime(ms: number, language: Language): string {
  const [value, unit] =
    ms < hour
      ? [Math.max(1, Math.floor(ms / minute)), 'minute']
      : ms < day
        ? [Math.floor(ms / hour), 'hour']
        : [Math.floor(ms / day), 'day'];
  return new Intl.NumberFormat(language, { style: 'unit', unit: String(unit), unitDisplay: 'long' }).format(Number(value));
}

/** A length of time in one unit, in few letters: `12 min`, `5 h`, `2 g`. */
export function shortTime(ms: number, language: Language): string {
  return lengthOfTime(ms < hour ? ms : ms - (ms % (ms < day ? hour : day)), language);
}

/** How long a citizen has waited, as a step from 0 (not at all) to 4 (more than three days). */
export function waitStep(ms: number): 0 | 1 | 2 | 3 | 4 {
  if (ms <= 0) return 0;
  if (ms < 4 * hour) return 1;
  if (ms < day) return 2;
  return ms < 3 * day ? 3 : 4;
}

/** A size in bytes as people read it. */
export function size(bytes: number, language: Language): string {
  const units = ['byte', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${units[unit] ?? ''}`;
}

/** The town's day, as `2026-11-28`. */
export function dayOf(now: number, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
}

/** Writes moments in one language and the town's time zone. */
export class Moments {
  private readonly time: Intl.DateTimeFormat;
  private readonly dayMonth: Intl.DateTimeFormat;
  private readonly dayMonthYear: Intl.DateTimeFormat;
  private readonly wholeDay: Intl.DateTimeFormat;
  private readonly long: Intl.DateTimeFormat;
  private readonly weekdayDate: Intl.DateTimeFormat;
  private readonly key: Intl.DateTimeFormat;

  constructor(language: Language, timeZone: string) {
    const format = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(language === 'it' ? 'it-IT' : 'en-GB', { timeZone, ...options });
    this.time = format({ hour: '2-digit', minute: '2-digit' });
    this.dayMonth = format({ day: 'numeric', month: 'short' });
    this.dayMonthYear = format({ day: 'numeric', month: 'short', year: 'numeric' });
    this.wholeDay = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
    this.long = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
    this.weekdayDate = format({ weekday: 'long', day: 'numeric', month: 'short' });
    this.key = format({ year: 'numeric', month: '2-digit', day: '2-digit' });
  }

  /** `11:04` */
  clock(at: string | number): string {
    return this.time.format(new Date(at));
  }

  /** `23 nov`, with the year when it is not the present one. */
  date(at: string | number, now: number): string {
    const moment = new Date(at);
    const sameYear = this.key.format(moment).slice(-4) === this.key.format(now).slice(-4);
    return (sameYear ? this.dayMonth : this.dayMonthYear).format(moment);
  }

  /** The clock today, else the date. */
  brief(at: string | number, now: number): string {
    return this.sameDay(at, now) ? this.clock(at) : this.date(at, now);
  }

  /** `lunedì 23 nov` */
  weekday(at: string | number): string {
    return this.weekdayDate.format(new Date(at));
  }

  /** `lunedì 23 novembre 2026 alle ore 11:04` */
  full(at: string | number): string {
    return this.long.format(new Date(at));
  }

  /** `lunedì 23 novembre 2026` */
  day(at: string | number): string {
    return this.wholeDay.format(new Date(at));
  }

  /** Whether two moments fall on one day of the town. */
  sameDay(a: string | number, b: string | number): boolean {
    return this.key.format(new Date(a)) === this.key.format(new Date(b));
  }
}
