import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';
import { command, useCommands, type Command } from '@/features/command/registry';

interface Given {
  rows: readonly TicketSummary[];
  selected: string | undefined;
  onOpen: (number: string | undefined, replace?: boolean) => void;
  onShowNew: () => void;
  onReveal: (index: number) => void;
}

/** Offers moving through the list by keyboard. */
export function useListCommands(given: Given) {
  const { t } = useTranslation();
  const now = useRef(given);
  useEffect(() => {
    now.current = given;
  });
  const isOpen = given.selected !== undefined;
  const commands = useMemo<Command[]>(() => {
    const move = (by: number) => () => {
      const { rows, selected, onOpen, onReveal } = now.current;
      const at = rows.findIndex((row) => row.number === selected);
      const to = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by));
      const row = rows[to];
      if (!row) return;
      // Enter must not press again what was pressed to come here, such as a queue in the rail.
      document.getElementById('content')?.focus({ preventScroll: true });
      onReveal(to);
      onOpen(row.number, selected !== undefined);
    };
    return [
      command({ id: 'next', title: t('command.next'), icon: 'down', run: move(1) }),
      command({ id: 'previous', title: t('command.previous'), run: move(-1) }),
      command({
        id: 'open',
        title: t('command.open'),
        keysOnly: true,
        run: () => {
          const { rows, selected, onOpen } = now.current;
          if (selected) document.querySelector<HTMLElement>('[data-conversation]')?.focus();
          else if (rows[0]) onOpen(rows[0].number);
        },
      }),
      command({ id: 'refresh', title: t('command.refresh'), icon: 'refresh', run: () => now.current.onShowNew() }),
      ...(isOpen ? [command({ id: 'back', title: t('command.back'), icon: 'left', run: () => now.current.onOpen(undefined) })] : []),
    ];
  }, [t, isOpen]);
  useCommands(commands);
}
