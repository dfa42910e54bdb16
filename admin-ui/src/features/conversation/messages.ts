import { infiniteQueryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Message, MessageList } from '@/api/schema.gen';

/** The conversation of a ticket, newest page first, because that is the one people need. */
export function messagesQuery(number: string) {
  return infiniteQueryOptions({
    queryKey: ['messages', number] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET('/tickets/{number}/messages', {
          params: { path: { number }, query: { order: 'newest', limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page: MessageList) => page.next,
    staleTime: 10_000,
  });
}

/** Messages in reading order. */
export function inOrder(data: InfiniteData<MessageList> | undefined): Message[] {
  const byId = new Map((data?.pages ?? []).flatMap((page) => page.items).map((message) => [message.id, message]));
  return [...byId.values()].reverse();
}

/** Puts a message the hub just answered with into the loaded conversation. */
export function putMessage(client: QueryClient, number: string, message: Message) {
  client.setQueryData<InfiniteData<MessageList>>(messagesQuery(number).queryKey, (data) => {
    if (!data) return data;
    const known = data.pages.some((page) => page.items.some((each) => each.id === message.id));
    const pages = data.pages.map((page, index) => {
      if (known) return { ...page, items: page.items.map((each) => (each.id === message.id ? message : each)) };
      return index === 0 ? { ...page, items: [message, ...page.items] } : page;
    });
    return { ...data, pages };
  });
}

/** Who a message is from, as it is shown; of what was said, who said it and not who wrote it down. */
export function senderName(message: Message): string {
  if (message.direction === 'inbound') return message.from.name ?? message.from.address;
  return message.author?.name ?? message.from.name ?? message.from.address;
}
