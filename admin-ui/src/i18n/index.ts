import i18next, { type FormatterModule, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '@/api/schema.gen';
import type words from './it';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof words };
    returnNull: false;
  }
}

/** Where the chosen language is kept; boot.js reads it before the first paint. */
const languageKey = 'sportello.language';

const load: Record<Language, () => Promise<{ default: typeof words }>> = {
  it: () => import('./it'),
  en: () => import('./en'),
};

/** Whether a text names one of our languages. */
export function isLanguage(text: string | null | undefined): text is Language {
  return text === 'it' || text === 'en';
}

/** Numbers within sentences are written as the language writes them: 1,200 in English. */
const numbers: FormatterModule = {
  type: 'formatter',
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: (value: unknown, _format, language) =>
    typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : String(value),
};

/** Starts with the kept language, else Italian. */
export async function startLanguages(): Promise<i18n> {
  const kept = document.documentElement.lang;
  const language: Language = isLanguage(kept) ? kept : 'it';
  const { default: resources } = await load[language]();
  await i18next
    .use(initReactI18next)
    .use(numbers)
    .init({
      lng: language,
      fallbackLng: false,
      defaultNS: 'words',
      resources: { [language]: { words: resources } },
      interpolation: { escapeValue: false, alwaysFormat: true },
      returnNull: false,
    });
  document.documentElement.lang = language;
  return i18next;
}

/** Changes the language of the whole page and remembers it in this browser. */
export async function setLanguage(language: Language): Promise<void> {
  if (i18next.language === language) return;
  if (!i18next.hasResourceBundle(language, 'words')) {
    const { default: resources } = await load[language]();
    i18next.addResourceBundle(language, 'words', resources);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(languageKey, language);
  } catch {
    // Without storage the language is asked from the hub at the next start.
  }
}
