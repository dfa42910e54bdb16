/** Milliseconds of an hour. */
const hour = 3_600_000;

/** How far ahead something may be put aside, in days. */
const most = 365;

/** Later today: in three hours, on the half hour, as long as that is before six in the evening. */
export function laterToday(now: number): number | undefined {
  const at = Math.ceil((now + 3 * hour) / (hour / 2)) * (hour / 2);
  const evening = new Date(now).setHours(18, 0, 0, 0);
  return at <= evening ? at : undefined;
}

/** Tomorrow when the offices open: at eight. */
export function tomorrow(now: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + 1);
  return day.setHours(8, 0, 0, 0);
}

/** The morning of a day as a date field has it; nothing for one that is past, or too far ahead. */
export function morningOf(day: string, now: number): number | undefined {
  const at = day ? new Date(`${day}T08:00`).getTime() : NaN;
  return at > now && at < now + most * 24 * hour ? at : undefined;
}
