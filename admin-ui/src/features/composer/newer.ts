import type { Message } from '@/api/schema.gen';

/**
 * What came after the last message the writer had seen: words of the citizen or of a colleague. Notes, our own automatic
 * messages and one's own replies hold nothing back. Without a mark nothing is newer.
 */
export function newerThan(messages: readonly Message[], seen: string | undefined, me: string): Message[] {
  if (!seen) return [];
  const at = messages.findIndex((each) => each.id === seen);
  return messages.slice(at + 1).filter((each) => {
    if (each.direction === 'note') return false;
    if (each.direction === 'inbound') return true;
    return !each.automatic && each.author?.id !== me;
  });
}
