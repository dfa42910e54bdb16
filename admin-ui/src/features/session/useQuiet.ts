import { useEffect, useRef, useState } from 'react';

/** Milliseconds without a key after which a person is held not to be writing; some look for each key. */
export const pause = 3000;

/** Turns true when it is wanted and nobody has written for a moment: what takes the focus must not swallow half a sentence. */
export function useQuiet(wanted: boolean): boolean {
  const written = useRef(0);
  const [quiet, setQuiet] = useState(false);
  useEffect(() => {
    const note = () => (written.current = Date.now());
    const all = ['keydown', 'input'] as const;
    all.forEach((each) => document.addEventListener(each, note, true));
    return () => all.forEach((each) => document.removeEventListener(each, note, true));
  }, []);
  useEffect(() => {
    if (!wanted) return;
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      const left = written.current + pause - Date.now();
      if (left > 0) timer = setTimeout(look, left);
      else setQuiet(true);
    };
    look();
    return () => {
      clearTimeout(timer);
      setQuiet(false);
    };
  }, [wanted]);
  return wanted && quiet;
}
