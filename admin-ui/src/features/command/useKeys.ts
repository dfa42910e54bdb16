import { useEffect } from 'react';
import { preferences } from '@/app/preferences';
import { isSingle, pressed } from './keymap';
import { registry, uncovered, type Command } from './registry';

/** Milliseconds within which the second key of a pair must follow. */
const pairWindow = 1200;

/** Turns key presses into commands; mounted once. */
export function useKeys() {
  useEffect(() => {
    let first = '';
    let firstAt = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      const press = pressed(event);
      if (!press || event.defaultPrevented || event.isComposing) return;
      const paired = first && Date.now() - firstAt < pairWindow ? `${first} ${press}` : press;
      first = '';
      const found = find(paired, event) ?? (paired === press ? undefined : find(press, event));
      if (found) {
        event.preventDefault();
        found.run();
      } else if (startsPair(press) && allows(press, event)) {
        first = press;
        firstAt = Date.now();
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function find(keys: string, event: KeyboardEvent): Command | undefined {
  const known = uncovered(registry.get()).find((each) => each.keys.includes(keys));
  return known && allows(keys, event, known) ? known : undefined;
}

function startsPair(press: string): boolean {
  return registry.get().some((each) => each.keys.some((keys) => keys.startsWith(`${press} `)));
}

function allows(keys: string, event: KeyboardEvent, known?: Command): boolean {
  const target = event.target instanceof Element ? event.target : document.body;
  const writing = target.closest('input:not([type=checkbox]), textarea, select, [contenteditable=true]') !== null;
  if (document.querySelector('dialog[open]')) return false;
  if (!isSingle(keys)) return !(writing && known?.outsideText);
  if (writing || !preferences.get().singleKeys) return false;
  // Enter and the arrows belong to whatever control has focus.
  const named = keys.length > 1 && !keys.includes(' ') && keys !== 'Escape';
  return !named || target === document.body || target.tagName === 'MAIN';
}
