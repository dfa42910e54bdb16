import type { QueryClient } from '@tanstack/react-query';
import type { Ticket } from '@/api/schema.gen';
import { spread } from './tickets';

/** Brings everything up to date that a joining or taking apart changes. */
export function refreshJoined(client: QueryClient, ticket: Ticket) {
  spread(client, ticket);
  for (const queryKey of [
    ['tickets'],
    ['ticket'],
    ['messages', ticket.number],
    ['events', ticket.number],
    ['contact-tickets'],
    ['counts'],
  ]) {
    void client.invalidateQueries({ queryKey });
  }
}
