import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useImperativeHandle, useRef, type KeyboardEvent, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';
import { useStore } from '@/app/store';
import { tick } from '@/design/ticks';
import { useContactName } from '@/features/contact/useContactName';
import type { TicketFilter } from '@/features/ticket/queue';
import { seen } from '@/features/ticket/seen';
import type { InboxSearch } from './address';
import { Row } from './Row';
import style from './Rows.module.css';

/** What the list lets its owner do. */
export interface RowsHandle {
  toTop: () => void;
  reveal: (index: number) => void;
}

interface Props {
  ref?: Ref<RowsHandle>;
  rows: readonly TicketSummary[];
  selected: string | undefined;
  /** The numbers of those selected; absent for who may not act on them. */
  ticked: ReadonlySet<string> | undefined;
  onTick: (ticked: ReadonlySet<string>) => void;
  filter: TicketFilter;
  search: InboxSearch;
  more: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

/** Rows from the end at which the next page is fetched. */
const ahead = 12;

/** The rows of a queue; only those in sight are in the page, however many there are. */
export function Rows({ ref, rows, selected, ticked, onTick, filter, search, more, loadingMore, onMore }: Props) {
  const { t } = useTranslation();
  const looked = useStore(seen);
  const scroller = useRef<HTMLDivElement>(null);
  const from = useRef(-1);
  const nameOf = useContactName();
  const rowHeight = useRowHeight();
  // The virtualiser's functions change with every scroll; that is how it works.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.number ?? index,
    overscan: 8,
  });
  useImperativeHandle(ref, () => ({
    toTop: () => scroller.current?.scrollTo({ top: 0 }),
    reveal: (index) => virtual.scrollToIndex(index, { align: 'auto' }),
  }));
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loadingMore && last >= rows.length - ahead) onMore();
  }, [more, loadingMore, last, rows.length, onMore]);

  const tabStop = rows.some((row) => row.number === selected) ? selected : rows[items[0]?.index ?? 0]?.number;
  return (
    <div ref={scroller} className={style.scroller}>
      {/* Arrow keys move between the links inside. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className={style.rows} data-ticking={Boolean(ticked?.size)} style={{ height: virtual.getTotalSize() }} onKeyDown={moveFocus}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li
                key={item.key}
                aria-posinset={item.index + 1}
                aria-setsize={more ? -1 : rows.length}
                data-ticked={ticked?.has(row.number)}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {ticked && (
                  // What is around the box ticks it too: on a touch screen it is as large as a finger.
                  <label className={style.tick}>
                    <input
                      type="checkbox"
                      className={style.box}
                      tabIndex={row.number === tabStop || ticked.size > 0 ? 0 : -1}
                      aria-label={t('bulk.tick', { number: row.number, name: nameOf(row) })}
                      checked={ticked.has(row.number)}
                      onChange={() => undefined}
                      onClick={(event) => {
                        onTick(
                          tick(
                            rows.map((each) => each.number),
                            ticked,
                            item.index,
                            event.shiftKey ? from.current : -1,
                          ),
                        );
                        from.current = item.index;
                      }}
                    />
                  </label>
                )}
                <Row
                  ticket={row}
                  open={row.number === selected}
                  ticking={ticked !== undefined}
                  tabStop={row.number === tabStop}
                  looked={looked}
                  filter={filter}
                  search={search}
                />
              </li>
            )
          );
        })}
      </ul>
      <p className={style.end} role="status">
        {more ? t('inbox.loadingMore') : rows.length > 20 ? t('inbox.end') : ''}
      </p>
    </div>
  );
}

/** Row height in pixels, so that a larger text size of the browser gives higher rows. */
function useRowHeight(): number {
  const rem = typeof getComputedStyle === 'function' ? parseFloat(getComputedStyle(document.documentElement).fontSize) : 16;
  return 4.25 * (Number.isFinite(rem) ? rem : 16);
}

function moveFocus(event: KeyboardEvent<HTMLUListElement>) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const from = (event.target as Element).closest('li');
  const position = Number(from?.getAttribute('aria-posinset')) + (event.key === 'ArrowDown' ? 1 : -1);
  const what = event.target instanceof HTMLInputElement ? 'input' : 'a';
  event.currentTarget.querySelector<HTMLElement>(`li[aria-posinset="${position}"] ${what}`)?.focus();
  event.preventDefault();
}
