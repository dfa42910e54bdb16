import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import type { Draft, DraftInput, DraftKind } from '@/api/schema.gen';

/** What is being written: the same shape the hub keeps. */
export type Writing = DraftInput;

/** A draft with nothing in it. */
export const blank: Writing = { text: '' };

/** A change to what is being written; `undefined` takes a part away. */
export type Patch = { [K in keyof Writing]?: Writing[K] | undefined };

/** What is being written after a change. */
export function patched(writing: Writing, patch: Patch): Writing {
  const entries = Object.entries({ ...writing, ...patch }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Writing;
}

/** Whether there is nothing worth keeping. */
export function isBlank(writing: Writing): boolean {
  return writing.text.trim() === '' && !writing.attachments?.length;
}

/** My draft on the hub; null when there is none. */
export function draftQuery(number: string, kind: DraftKind) {
  return queryOptions({
    queryKey: ['draft', number, kind] as const,
    queryFn: async ({ signal }): Promise<Draft | null> => {
      const { data, response } = await api.GET('/tickets/{number}/drafts/{kind}', { params: { path: { number, kind } }, signal });
      return response.status === 204 ? null : (data ?? null);
    },
    // The page itself is the one that writes it; only a fresh visit asks.
    staleTime: Infinity,
    gcTime: 0,
  });
}

interface LocalCopy {
  at: string;
  writing: Writing;
}

/** A copy in this browser of what the hub has not confirmed yet; it is removed as soon as the hub has it. */
export class LocalDraft {
  private readonly key: string;

  constructor(operator: string, number: string, kind: DraftKind) {
    this.key = `sportello.draft.${operator}.${number}.${kind}`;
  }

  /** Keeps a copy; answers whether the browser let us. */
  keep(writing: Writing, now = new Date()): boolean {
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: now.toISOString(), writing } satisfies LocalCopy));
      return true;
    } catch {
      return false;
    }
  }

  /** Removes the copy. */
  clear() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing was kept then.
    }
  }

  /** The copy, when it is newer than what the hub has. */
  newerThan(draft: Draft | null): Writing | null {
    try {
      const text = localStorage.getItem(this.key);
      if (!text) return null;
      const copy = JSON.parse(text) as LocalCopy;
      return !draft || copy.at > draft.updated_at ? copy.writing : null;
    } catch {
      return null;
    }
  }
}
