import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Message, MessageList } from '@/api/schema.gen';

/** How many older pages are fetched to find a message. */
const furthest = 20;

/** Brings one message into view once it is there, older pages fetched as far as needed; the reader is free from then on. */
export function useShown(
  id: string | undefined,
  query: UseInfiniteQueryResult<InfiniteData<MessageList>>,
  messages: readonly Message[],
  show: (id: string) => void,
) {
  const done = useRef<string>(undefined);
  const there = id !== undefined && messages.some((each) => each.id === id);
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const pages = query.data?.pages.length ?? 0;
  useEffect(() => {
    if (!id || done.current === id) return undefined;
    if (!there) {
      if (hasNextPage && !isFetching && pages < furthest) void fetchNextPage();
      return undefined;
    }
    done.current = id;
    show(id);
    // What was out of sight gets its real height as it comes into view, and moves what is below it.
    const again = requestAnimationFrame(() => show(id));
    return () => cancelAnimationFrame(again);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `show` is made anew on each rendering
  }, [id, there, hasNextPage, isFetching, pages, fetchNextPage]);
}
