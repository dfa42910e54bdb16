import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { tick } from '@/design/ticks';
import { command, useCommands, type Command } from '@/features/command/registry';

interface Given {
  items: readonly QuarantineItem[];
  chosen: string | undefined;
  ticked: ReadonlySet<string>;
  onTick: (ticked: ReadonlySet<string>) => void;
  onOpen: (id: string | undefined) => void;
}

/** Offers moving through the list, and ticking, by keyboard. */
export function useItemCommands(given: Given) {
  const { t } = useTranslation();
  const now = useRef(given);
  useEffect(() => {
    now.current = given;
  });
  const isOpen = given.chosen !== undefined;
  const commands = useMemo<Command[]>(() => {
    const at = () => now.current.items.findIndex((each) => each.id === now.current.chosen);
    const move = (by: number) => () => {
      const { items, onOpen } = now.current;
      const to = at() < 0 ? 0 : Math.max(0, Math.min(items.length - 1, at() + by));
      const item = items[to];
      if (item) onOpen(item.id);
    };
    return [
      command({ id: 'next', title: t('command.next'), icon: 'down', run: move(1) }),
      command({ id: 'previous', title: t('command.previous'), run: move(-1) }),
      ...(isOpen
        ? [
            command({
              id: 'tick',
              title: t('command.tick'),
              icon: 'check',
              run: () =>
                now.current.onTick(
                  tick(
                    now.current.items.map((each) => each.id),
                    now.current.ticked,
                    at(),
                    -1,
                  ),
                ),
            }),
            command({ id: 'back', title: t('command.back'), icon: 'left', run: () => now.current.onOpen(undefined) }),
          ]
        : []),
    ];
  }, [t, isOpen]);
  useCommands(commands);
}
