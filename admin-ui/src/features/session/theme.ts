import type { Theme } from '@/api/schema.gen';

const key = 'sportello.theme';

/** Applies a theme to the page and remembers it for the first paint of the next start. */
export function setTheme(theme: Theme) {
  const root = document.documentElement;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Without storage the theme is asked from the hub at the next start.
  }
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}

/** Whether the page is dark now, whatever the reason. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'dark' || chosen === 'light') return chosen === 'dark';
  return globalThis.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false;
}
