import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { actKey, api, body } from '@/api/client';
import { isPassing } from '@/api/problem';
import type { NewTicket, Outcome, RecordedTicket, Tellable } from '@/api/schema.gen';
import { useMe } from '@/features/session/me';
import { countsQuery, officesQuery } from '@/features/ticket/tickets';
import { asTicket, begun, blank, type Draft } from './draft';
import { drop, keep, keepHabits, readHabits, readKept } from './kept';

/** The visit being written down: kept in this browser until it is saved or thrown away. */
export function useVisit() {
  const me = useMe();
  const client = useQueryClient();
  const offices = useQuery(officesQuery).data ?? [];
  const workable = offices.filter((each) => each.workable);
  const [kept, setKept] = useState(() => readKept(me.id));
  const [sent, setSent] = useState(kept?.sent);
  const [draft, setDraft] = useState<Draft>(() => kept?.draft ?? fresh(me.id, me.role === 'first_level' || me.role === 'communications'));
  const first = workable.find((each) => each.mine) ?? workable[0];
  const office = workable.some((each) => each.id === draft.office) ? draft.office : (first?.id ?? '');
  const change = (some: Partial<Draft>) => {
    const next = { ...draft, ...some };
    setDraft(next);
    keep(me.id, { draft: next, ...(sent && { sent }) });
  };
  const clear = () => {
    drop(me.id);
    setKept(undefined);
    setSent(undefined);
    setDraft(fresh(me.id, draft.then === 'answered', draft));
  };
  const save = useMutation({
    mutationFn: ({ ticket, key }: { ticket: NewTicket; key: string }) =>
      body(api.POST('/tickets', { params: { header: { 'Idempotency-Key': key } }, body: ticket })),
    retry: (count, error) => count < 2 && isPassing(error),
    onSuccess: () => {
      keepHabits(me.id, { ...draft, office });
      clear();
      for (const queryKey of [['tickets'], ['asks'], countsQuery.queryKey]) void client.invalidateQueries({ queryKey });
    },
  });
  const record = () => {
    const ticket = asTicket({ ...draft, office });
    const content = JSON.stringify(ticket);
    const act = sent?.content === content ? sent : { content, key: actKey() };
    setSent(act);
    keep(me.id, { draft, sent: act });
    save.mutate({ ticket, key: act.key });
  };
  return { draft: { ...draft, office }, offices, workable, change, clear, save, record, restored: kept !== undefined && begun(kept.draft) };
}

function fresh(operator: string, answers: boolean, before?: Draft): Draft {
  const usual: Outcome = answers ? 'answered_first_level' : 'answered_office';
  const habits = readHabits(operator);
  return {
    ...blank,
    way: before?.way ?? habits.way ?? 'counter',
    then: before?.then ?? habits.then ?? (answers ? 'answered' : 'mine'),
    office: before?.office ?? habits.office ?? '',
    outcome: before?.outcome ?? habits.outcome ?? usual,
  };
}

/** Sends a ticket's number to one of the addresses offered. */
export function useTell(recorded: RecordedTicket) {
  const [keys] = useState(() => new Map<string, string>());
  return useMutation({
    mutationFn: ({ kind, address }: Tellable) => {
      const key = keys.get(address) ?? actKey();
      keys.set(address, key);
      return body(
        api.POST('/tickets/{number}/number-message', {
          params: { path: { number: recorded.number }, header: { 'Idempotency-Key': key } },
          body: { kind, address },
        }),
      );
    },
  });
}
