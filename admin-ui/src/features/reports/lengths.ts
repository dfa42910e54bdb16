import type { Language, ReportTerm } from '@/api/schema.gen';
import { lengthOfTime } from '@/i18n/format';

/** Working time: hours stay hours, since an office's day is not one of 24. */
export function workedTime(seconds: number, language: Language): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return seconds > 0 ? '<1 min' : '0 min';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const written = `${new Intl.NumberFormat(language).format(hours)} h`;
  return hours >= 100 || minutes % 60 === 0 ? written : `${written} ${minutes % 60} min`;
}

/** Time on the clock. */
export function elapsedTime(seconds: number, language: Language): string {
  return seconds > 0 ? lengthOfTime(seconds * 1000, language) : '0 min';
}

/** The part of terms that were met, rounded down to a tenth: `100%` means all of them. */
export function keptShare({ met, missed }: ReportTerm, language: Language): string {
  if (met + missed === 0) return '–';
  const tenths = Math.floor((1000 * met) / (met + missed));
  return `${new Intl.NumberFormat(language).format(tenths / 10)}%`;
}
