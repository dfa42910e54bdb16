/** Ticks a row or takes its tick away; with the row before, all between are set as that one. */
export function tick(rows: readonly string[], ticked: ReadonlySet<string>, index: number, from: number): ReadonlySet<string> {
  const next = new Set(ticked);
  const on = from < 0 ? !ticked.has(rows[index] ?? '') : ticked.has(rows[from] ?? '');
  const [first, last] = from < 0 ? [index, index] : [Math.min(index, from), Math.max(index, from)];
  for (const row of rows.slice(first, last + 1)) {
    if (on) next.add(row);
    else next.delete(row);
  }
  return next;
}
