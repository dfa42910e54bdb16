import { createKeptStore } from './store';

interface Preferences {
  /** Single-key shortcuts work (WCAG 2.1.4 asks for a switch). */
  singleKeys: boolean;
  /** The facts pane is open on wide screens. */
  facts: boolean;
}

/** What the operator prefers in this browser; what belongs to the person is kept by the hub. */
export const preferences = createKeptStore<Preferences>('sportello.preferences', { singleKeys: true, facts: true });
