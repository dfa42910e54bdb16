import { useVirtualizer } from '@tanstack/react-virtual';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { tick } from '@/design/ticks';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useMoments, useReason } from '@/i18n/words';
import style from './List.module.css';

interface Props {
  items: readonly QuarantineItem[];
  chosen: string | undefined;
  /** What is ticked; absent for who may not decide. */
  ticked: ReadonlySet<string> | undefined;
  onTick: (ticked: ReadonlySet<string>) => void;
  more: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

/** Rows from the end at which the next page is fetched. */
const ahead = 12;

/** The items; only those in sight are in the page, however many there are. */
export function ItemRows({ items, chosen, ticked, onTick, more, loadingMore, onMore }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const from = useRef(-1);
  // The virtualiser's functions change with every scroll; that is how it works.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight(),
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loadingMore && last >= items.length - ahead) onMore();
  }, [more, loadingMore, last, items.length, onMore]);
  return (
    <div ref={scroller} className={style.scroller}>
      {/* Arrow keys move between the links inside. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul aria-label={t('quarantine.list')} className={style.rows} style={{ height: virtual.getTotalSize() }} onKeyDown={moveFocus}>
        {shown.map(({ key, index, size, start }) => {
          const item = items[index];
          return (
            item && (
              <li
                key={key}
                aria-posinset={index + 1}
                aria-setsize={more ? -1 : items.length}
                className={style.line}
                data-chosen={item.id === chosen}
                style={{ height: size, transform: `translateY(${start}px)` }}
              >
                {ticked && (
                  <input
                    type="checkbox"
                    className={style.box}
                    aria-label={t('quarantine.tick', { subject: item.subject ?? t('quarantine.noSubject') })}
                    checked={ticked.has(item.id)}
                    onChange={() => undefined}
                    onClick={(event) => {
                      onTick(
                        tick(
                          items.map((each) => each.id),
                          ticked,
                          index,
                          event.shiftKey ? from.current : -1,
                        ),
                      );
                      from.current = index;
                    }}
                  />
                )}
                <Link
                  to="/quarantine"
                  search={(before) => ({ ...before, item: item.id })}
                  className={style.row}
                  aria-current={item.id === chosen ? 'true' : undefined}
                >
                  <Row item={item} />
                </Link>
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

function Row({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const reason = useReason('quarantine.code');
  const moments = useMoments();
  const now = useMinute();
  const at = item.decided_at ?? item.received_at;
  return (
    <>
      <strong className={style.from}>{item.from ?? t('quarantine.unknownSender')}</strong>
      <time className={style.time} dateTime={at}>
        {moments.brief(at, now)}
      </time>
      <span className={style.subject}>{item.subject ?? t('quarantine.noSubject')}</span>
      <ChannelIcon kind={item.channel.kind} size={14} />
      <span className={style.reason}>
        {item.state === 'discarded'
          ? `${item.decided_by?.name ?? t('quarantine.program')}: ${item.decision_reason ?? ''}`
          : reason(item.reason)}
      </span>
    </>
  );
}

/** In pixels, so that a larger text size of the browser gives higher rows. */
function rowHeight(): number {
  const rem = typeof getComputedStyle === 'function' ? parseFloat(getComputedStyle(document.documentElement).fontSize) : 16;
  return 4.75 * (Number.isFinite(rem) ? rem : 16);
}

function moveFocus(event: KeyboardEvent<HTMLUListElement>) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const position = Number((event.target as Element).closest('li')?.getAttribute('aria-posinset')) + (event.key === 'ArrowDown' ? 1 : -1);
  const what = event.target instanceof HTMLInputElement ? 'input' : 'a';
  event.currentTarget.querySelector<HTMLElement>(`li[aria-posinset="${position}"] ${what}`)?.focus();
  event.preventDefault();
}
