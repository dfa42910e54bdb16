import { useEffect } from 'react';
import { createStore } from '@/app/store';
import type { IconName } from '@/design/icons';
import { keymap, type Bound, type Section } from './keymap';

/** Something the operator can do now. */
export interface Command {
  id: string;
  title: string;
  section: Section;
  keys: readonly string[];
  /** Other words people search it by. */
  synonyms?: string;
  icon?: IconName;
  /** Works by its keys, but would make no sense in the palette. */
  keysOnly?: boolean;
  /** Its Ctrl keys are left to the text field while one is being edited. */
  outsideText?: boolean;
  run: () => void;
}

/** What can be done now, by the components on the screen; a later one wins over an earlier one of the same id. */
export const registry = createStore<readonly Command[]>([]);

type Given = Omit<Command, 'section' | 'keys'> & Partial<Pick<Command, 'section' | 'keys'>>;

/** Completes a command with its place and keys from the keymap. */
export function command(given: Given): Command {
  const bound = given.id in keymap ? keymap[given.id as Bound] : undefined;
  return { section: bound?.section ?? 'app', keys: bound?.keys ?? [], ...given };
}

/** Offers commands while the component is mounted. Pass a memoised list. */
export function useCommands(commands: readonly Command[]) {
  useEffect(() => {
    registry.set((before) => [...before, ...commands]);
    return () => registry.set((before) => before.filter((each) => !commands.includes(each)));
  }, [commands]);
}

/** The commands without those that a later one of the same id covers. */
export function uncovered(commands: readonly Command[]): Command[] {
  return [...new Map(commands.map((each) => [each.id, each])).values()];
}
