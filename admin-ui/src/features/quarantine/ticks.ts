/** Ticks a row or takes its tick away; with the row before, all between are set as that one. */
export function tick(items: readonly { id: string }[], ticked: ReadonlySet<string>, index: number, from: number): ReadonlySet<string> {
  const next = new Set(ticked);
  const on = from < 0 ? !ticked.has(items[index]?.id ?? '') : ticked.has(items[from]?.id ?? '');
  const [first, last] = from < 0 ? [index, index] : [Math.min(index, from), Math.max(index, from)];
  for (const { id } of items.slice(first, last + 1)) {
    if (on) next.add(id);
    else next.delete(id);
  }
  return next;
}
