import { useEffect } from 'react';

/** Where an element stands: the boxes around it, the nearest first, and how much of each takes focus before it. */
interface Trace {
  element: HTMLElement;
  around: readonly { box: HTMLElement; place: number }[];
}

const takers = 'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex="0"], [contenteditable=true]';
/** Outside a dialog nobody is put into a text: keys that are commands would write there. */
const texts = 'input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable=true]';

const usable = (element: Element) => element.matches(takers) && (element.checkVisibility?.() ?? true);

function takersIn(box: Element): HTMLElement[] {
  const writing = box.closest('dialog') !== null;
  return [...box.querySelectorAll<HTMLElement>(takers)].filter((each) => usable(each) && (writing || !each.matches(texts)));
}

const before = (element: Element) => (other: Element) => (element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;

/** Remembers where an element stands. */
export function traceOf(element: Element | null): Trace | undefined {
  if (!(element instanceof HTMLElement) || element === document.body) return undefined;
  const around: { box: HTMLElement; place: number }[] = [];
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    around.push({ box, place: takersIn(box).filter(before(element)).length });
    if (box.matches('dialog, main')) break;
  }
  return { element, around };
}

/** Puts the focus back on an element, or, where that is gone, on what stands in its place. */
export function refocus({ element, around }: Trace) {
  if (element.isConnected && usable(element)) return element.focus({ preventScroll: true });
  for (const { box, place } of around) {
    if (!box.isConnected) continue;
    const others = takersIn(box);
    const next = box.matches('main') ? box : others[Math.min(place, others.length - 1)];
    if (next) return next.focus({ preventScroll: true });
  }
}

/**
 * Keeps the keyboard where it was: a button that goes with what it did, or stands still while that is sent, would drop the
 * focus to the top of the page. Mounted once.
 */
export function useFocusKept() {
  useEffect(() => {
    let last: Trace | undefined;
    const arrive = () => (last = traceOf(document.activeElement));
    const leave = () =>
      queueMicrotask(() => {
        // Left on purpose: it is still there and could have kept the focus.
        if (last && document.activeElement === document.body && last.element.isConnected && usable(last.element)) last = undefined;
      });
    const press = () => (last = undefined);
    const look = () => {
      if (!last || document.activeElement !== document.body) return;
      if (!last.element.isConnected || usable(last.element)) refocus(last);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
    document.addEventListener('focusin', arrive);
    document.addEventListener('focusout', leave);
    document.addEventListener('pointerdown', press, true);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', arrive);
      document.removeEventListener('focusout', leave);
      document.removeEventListener('pointerdown', press, true);
    };
  }, []);
}
