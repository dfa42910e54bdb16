import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, body } from '@/api/client';
import type { QuarantineDecision, QuarantineMatching, QuarantineResult } from '@/api/schema.gen';

/** A decision without the items it is about. */
export type Decision = Omit<QuarantineDecision, 'ids' | 'matching' | 'cursor'>;

/** What a decision is about: these items, or all that match, also those that nobody has looked at. */
type Meant = { ids: readonly string[] } | { matching: QuarantineMatching };

export interface Outcome {
  results: QuarantineResult[];
  /** Somebody stopped it, or the hub could not be reached any more: what is not among the results is as it was. */
  unfinished: boolean;
}

/** Items decided on in one request; more go one request after the other. */
const portion = 20;

/** Takes one decision on one item or on many; each is told what became of it. */
export function useDecide() {
  const client = useQueryClient();
  const [done, setDone] = useState(0);
  const stopped = useRef(false);
  const decide = useMutation({
    mutationFn: async ({ meant, decision }: { meant: Meant; decision: Decision }): Promise<Outcome> => {
      const results: QuarantineResult[] = [];
      setDone(0);
      stopped.current = false;
      for (let about = first(meant); about;) {
        if (stopped.current) return { results, unfinished: true };
        try {
          const answer = await body(api.POST('/quarantine/decisions', { body: { ...decision, ...about } }));
          results.push(...answer.items);
          setDone(results.length);
          about = next(meant, results.length, answer.next);
        } catch (error) {
          // What went through stays told; only where nothing did is the whole refused.
          if (results.length === 0) throw error;
          return { results, unfinished: true };
        }
      }
      return { results, unfinished: false };
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['quarantine'], predicate: (query) => query.queryKey[1] !== 'raw' });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });
  const stop = () => {
    stopped.current = true;
  };
  return { ...decide, done, stop };
}

type About = Pick<QuarantineDecision, 'ids' | 'matching' | 'cursor'> | undefined;

function first(meant: Meant): About {
  return 'ids' in meant ? next(meant, 0, undefined) : { matching: meant.matching };
}

function next(meant: Meant, done: number, cursor: string | undefined): About {
  if ('ids' in meant) return done < meant.ids.length ? { ids: meant.ids.slice(done, done + portion) } : undefined;
  return cursor ? { matching: meant.matching, cursor } : undefined;
}

/** What `useDecide` answers. */
export type Decide = ReturnType<typeof useDecide>;
