/** Below so many a percentage says more about chance than about the town. */
const few = 10;

/** How a count has changed since the period before, such as `+12%`; undefined where there were too few to compare. */
export function changeSince(before: number, now: number): string | undefined {
  if (before < few) return undefined;
  const percent = Math.round((100 * (now - before)) / before);
  return percent === 0 ? '=' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)}%`;
}
