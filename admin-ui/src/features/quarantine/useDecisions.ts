import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '@/api/client';
import type { QuarantineDecision, QuarantineResult } from '@/api/schema.gen';

/** A decision without the items it is about. */
export type Decision = Omit<QuarantineDecision, 'ids'>;

/** Items decided on in one request; more go one request after the other. */
const portion = 20;

/** Takes one decision on one item or on many; each is told what became of it. */
export function useDecide() {
  const client = useQueryClient();
  const [done, setDone] = useState(0);
  const decide = useMutation({
    mutationFn: async ({ ids, decision }: { ids: readonly string[]; decision: Decision }): Promise<QuarantineResult[]> => {
      const results: QuarantineResult[] = [];
      setDone(0);
      for (let at = 0; at < ids.length; at += portion) {
        const part = ids.slice(at, at + portion);
        try {
          results.push(...(await body(api.POST('/quarantine/decisions', { body: { ...decision, ids: part } }))).items);
        } catch (error) {
          // What went through stays told; only where nothing did is the whole refused.
          if (results.length === 0) throw error;
          return [...results, ...ids.slice(at).map((id) => ({ id, problem: 'unavailable' }))];
        }
        setDone(results.length);
      }
      return results;
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['quarantine'], predicate: (query) => query.queryKey[1] !== 'raw' });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });
  return { ...decide, done };
}

/** What `useDecide` answers. */
export type Decide = ReturnType<typeof useDecide>;
