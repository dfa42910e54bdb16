/** Where a command stands in the palette and in the overview. */
export type Section = 'go' | 'list' | 'ticket' | 'compose' | 'app';

interface Binding {
  section: Section;
  /** Ways to press it: single keys, two keys in a row, or with Ctrl (Cmd on a Mac). */
  keys: readonly string[];
}

/** Every command that has keys. */
export const keymap = {
  next: { section: 'list', keys: ['j', 'ArrowDown'] },
  previous: { section: 'list', keys: ['k', 'ArrowUp'] },
  open: { section: 'list', keys: ['Enter'] },
  tick: { section: 'list', keys: ['x'] },
  tickTo: { section: 'list', keys: ['X'] },
  tickAll: { section: 'list', keys: ['*'] },
  untick: { section: 'list', keys: ['Escape'] },
  back: { section: 'list', keys: ['u'] },
  refresh: { section: 'list', keys: ['.'] },
  takeNext: { section: 'list', keys: ['t'] },
  assign: { section: 'ticket', keys: ['a'] },
  assignMe: { section: 'ticket', keys: ['m'] },
  status: { section: 'ticket', keys: ['s'] },
  office: { section: 'ticket', keys: ['o'] },
  type: { section: 'ticket', keys: ['y'] },
  priority: { section: 'ticket', keys: ['p'] },
  resolve: { section: 'ticket', keys: ['e'] },
  snooze: { section: 'ticket', keys: ['z'] },
  tags: { section: 'ticket', keys: ['l'] },
  copyNumber: { section: 'ticket', keys: ['c'] },
  facts: { section: 'ticket', keys: ['i'] },
  reply: { section: 'compose', keys: ['r'] },
  note: { section: 'compose', keys: ['n'] },
  send: { section: 'compose', keys: ['Ctrl+Enter'] },
  sendClose: { section: 'compose', keys: ['Ctrl+Shift+Enter'] },
  undo: { section: 'compose', keys: ['Ctrl+Z'] },
  'go.mine': { section: 'go', keys: ['g m'] },
  'go.office': { section: 'go', keys: ['g o'] },
  'go.unassigned': { section: 'go', keys: ['g u'] },
  'go.waiting': { section: 'go', keys: ['g w'] },
  'go.attention': { section: 'go', keys: ['g l'] },
  'go.snoozed': { section: 'go', keys: ['g z'] },
  'go.all': { section: 'go', keys: ['g i'] },
  'go.closed': { section: 'go', keys: ['g d'] },
  'go.mentions': { section: 'go', keys: ['g n'] },
  'go.quarantine': { section: 'go', keys: ['g v'] },
  'go.failed': { section: 'go', keys: ['g f'] },
  'go.uncertain': { section: 'go', keys: ['g x'] },
  'go.channels': { section: 'go', keys: ['g c'] },
  'go.offices': { section: 'go', keys: ['g b'] },
  'go.people': { section: 'go', keys: ['g p'] },
  'go.audit': { section: 'go', keys: ['g r'] },
  'go.settings': { section: 'go', keys: ['g s'] },
  visit: { section: 'app', keys: ['v'] },
  notice: { section: 'app', keys: ['Z'] },
  palette: { section: 'app', keys: ['Ctrl+K'] },
  help: { section: 'app', keys: ['?'] },
} as const satisfies Record<string, Binding>;

/** The name of a command that has keys. */
export type Bound = keyof typeof keymap;

/** Whether a binding is a single key, which speech users may press by accident. */
export function isSingle(keys: string): boolean {
  return !keys.startsWith('Ctrl+');
}

/** Names a key press the way the keymap does. */
export function pressed(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): string | undefined {
  if (event.altKey) return undefined;
  const key = event.key.length === 1 && (event.ctrlKey || event.metaKey) ? event.key.toUpperCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `Ctrl+${event.shiftKey && key.length > 1 ? 'Shift+' : ''}${key}`;
  return key;
}

/** How keys are printed: `⌘` instead of Ctrl on a Mac, arrows as arrows. */
export function printed(keys: string, mac = /Mac|iP(hone|ad)/.test(navigator.platform)): string {
  return keys
    .replace('Ctrl+', mac ? '⌘' : 'Ctrl ')
    .replace('Shift+', mac ? '⇧' : '⇧ ')
    .replace('Enter', '↵')
    .replace('ArrowDown', '↓')
    .replace('ArrowUp', '↑')
    .replace('Escape', 'Esc')
    .replace(/^[XZ]$/, (key) => `⇧ ${key}`);
}
