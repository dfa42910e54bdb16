import { createStore } from '@/app/store';

/** A text to be put into the reply to a ticket from elsewhere on the page. */
export const inserted = createStore<{ number: string; text: string; nth: number } | undefined>(undefined);

/** Puts a text behind what is written in the reply to a ticket. */
export function insert(number: string, text: string) {
  inserted.set((before) => ({ number, text, nth: (before?.nth ?? 0) + 1 }));
}

/** What is written, with a text behind it. */
export function behind(writing: { text: string; html?: string | undefined }, text: string): { text: string; html?: string } {
  const all = writing.text.trim() === '' ? text : `${writing.text}\n\n${text}`;
  if (!writing.html || writing.text.trim() === '') return { text: all };
  const paragraphs = text.split(/\n{2,}/).map((each) => `<p>${escaped(each).replaceAll('\n', '<br>')}</p>`);
  return { text: all, html: writing.html + paragraphs.join('') };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
