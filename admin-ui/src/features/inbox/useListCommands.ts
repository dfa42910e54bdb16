import { useEffect, useMemo, useRef, type RefObject } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/schema.gen';
import { tick } from '@/design/ticks';
import { command, useCommands, type Command } from '@/features/command/registry';

interface Given {
  rows: readonly TicketSummary[];
  selected: string | undefined;
  /** What is ticked; absent for who may not act. */
  ticked: ReadonlySet<string> | undefined;
  onTick: (ticked: ReadonlySet<string>) => void;
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
  const ticks = given.ticked !== undefined;
  const some = Boolean(given.ticked?.size);
  const last = useRef(-1);
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
      ...(ticks ? tickCommands(t, now, last, some) : []),
      command({ id: 'refresh', title: t('command.refresh'), icon: 'refresh', run: () => now.current.onShowNew() }),
      ...(isOpen ? [command({ id: 'back', title: t('command.back'), icon: 'left', run: () => now.current.onOpen(undefined) })] : []),
    ];
  }, [t, isOpen, ticks, some]);
  useCommands(commands);
}

/** Ticking by keyboard: the row that has focus, else the one that is open. */
function tickCommands(t: TFunction, now: RefObject<Given>, last: RefObject<number>, some: boolean): Command[] {
  const set = (from: number) => {
    const { rows, selected, ticked, onTick } = now.current;
    const focused = Number(document.activeElement?.closest('li[aria-posinset]')?.getAttribute('aria-posinset') ?? 0) - 1;
    const at = focused >= 0 ? focused : rows.findIndex((row) => row.number === selected);
    if (at < 0 || !ticked) return;
    onTick(
      tick(
        rows.map((row) => row.number),
        ticked,
        at,
        from,
      ),
    );
    last.current = at;
  };
  const all = () => now.current.onTick(new Set(now.current.rows.map((row) => row.number)));
  return [
    command({ id: 'tick', title: t('command.tick'), icon: 'check', run: () => set(-1) }),
    command({ id: 'tickTo', title: t('command.tickTo'), keysOnly: true, run: () => set(last.current) }),
    command({ id: 'tickAll', title: t('command.tickAll'), icon: 'checks', run: all }),
    ...(some ? [command({ id: 'untick', title: t('command.untick'), run: () => now.current.onTick(new Set()) })] : []),
  ];
}
