import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { Problem } from '@/api/problem';
import type { TicketAct, TicketActResult, TicketSummary } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { countsQuery } from '@/features/ticket/tickets';
import { useCoded } from '@/i18n/words';

/** How many tickets one request may name. */
const mostAtOnce = 200;

type Seen = Pick<TicketSummary, 'number' | 'version'>;

/** An act on tickets; without one what the last did to each is taken back. */
interface Asked {
  tickets: readonly Seen[];
  act?: TicketAct;
}

const ask = ({ tickets, act }: { tickets: Seen[]; act: TicketAct | undefined }) =>
  act ? api.POST('/tickets/acts', { body: { tickets, act } }) : api.POST('/tickets/acts/undo', { body: { tickets } });

/** Does one act on many tickets, some hundred in a request, or takes it back; `done` counts those that were tried. */
export function useAct() {
  const client = useQueryClient();
  const [done, setDone] = useState(0);
  const mutation = useMutation({
    mutationFn: async ({ tickets, act }: Asked) => {
      const results: TicketActResult[] = [];
      setDone(0);
      for (let from = 0; from < tickets.length; from += mostAtOnce) {
        const part = tickets.slice(from, from + mostAtOnce).map(({ number, version }) => ({ number, version }));
        try {
          results.push(...(await body(ask({ tickets: part, act }))).items);
        } catch (error) {
          // What was done stays done: the rest is told as not done.
          if (results.length === 0 || !(error instanceof Problem)) throw error;
          results.push(...tickets.slice(from).map(({ number }) => left(number, error)));
          break;
        }
        setDone(results.length);
      }
      return results;
    },
    onSettled: () => {
      for (const queryKey of [['tickets'], ['ticket'], ['events'], ['messages'], countsQuery.queryKey])
        void client.invalidateQueries({ queryKey });
    },
  });
  return { ...mutation, done };
}

/** Tells whether an act can be taken back: what was handed over has told another office. */
export const reversible = (act: TicketAct) => !act.office_id;

/** Those of the results that were done, as one sees them from then on. */
export const worked = (results: readonly TicketActResult[]): Seen[] =>
  results.flatMap(({ number, outcome, version }) => (outcome === 'done' && version !== undefined ? [{ number, version }] : []));

/** Those that were left as they are, each with the reason. */
export const unwilling = (results: readonly TicketActResult[]) =>
  results.filter(({ outcome }) => outcome === 'refused' || outcome === 'stale');

function left(number: string, error: Problem): TicketActResult {
  const { code, status } = error;
  return { number, outcome: 'refused', problem: { type: 'about:blank', title: code, status, code } };
}

/** Words why one ticket was left as it is. */
export function useRefusal(): (result: TicketActResult) => string {
  const { t } = useTranslation();
  const text = useProblemText();
  const coded = useCoded();
  return useCallback(
    ({ outcome, problem }: TicketActResult) => {
      const [field] = problem?.fields ?? [];
      if (outcome === 'stale') return t('bulk.report.stale');
      return field ? coded('error.field', field.code) : text(new Problem(problem ?? {}));
    },
    [t, text, coded],
  );
}
