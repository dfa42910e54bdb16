import type { Language } from '@/api/schema.gen';
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
