import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Queue } from '@/api/schema.gen';
import type { Bound } from './keymap';

/** The queues, in the order of the rail. */
export const queues: readonly Queue[] = ['mine', 'office', 'unassigned', 'waiting', 'attention', 'snoozed', 'all', 'closed'];

/** The other pages, in the order of the rail. */
export const pages = ['mentions', 'quarantine', 'failed', 'uncertain', 'channels', 'offices', 'people', 'audit', 'settings'] as const;

/** Names a command in the reader's language. */
export function useCommandTitle(): (id: Bound) => string {
  const { t } = useTranslation();
  return useCallback(
    (id: Bound) => {
      const place = id.startsWith('go.') ? id.slice(3) : undefined;
      if (!place) return t(`command.${id as Exclude<Bound, `go.${string}`>}`);
      const queue = queues.find((each) => each === place);
      const page = pages.find((each) => each === place);
      return queue ? t(`queue.${queue}`) : page ? t(`nav.${page}`) : place;
    },
    [t],
  );
}
