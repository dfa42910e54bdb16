import { useState } from 'react';

/** A text that survives closing its form or reloading the page, in this tab, until it is done with. */
export function useKept(name: string): [text: string, write: (text: string) => void, forget: () => void] {
  const key = `sportello.kept.${name}`;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '');
  const write = (next: string) => {
    setText(next);
    try {
      sessionStorage.setItem(key, next);
    } catch {
      // A full storage costs the copy, not what is on the screen.
    }
  };
  const forget = () => sessionStorage.removeItem(key);
  return [text, write, forget];
}
