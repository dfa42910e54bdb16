import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Outcome, Standing, SuspensionBasis, TicketPatch } from '@/api/schema.gen';
import type { Choice } from '@/design/Picker';
import { useMe } from '@/features/session/me';
import { useCoded, useLanguage } from '@/i18n/words';
import { outcomes } from './outcomes';

/** A status that one may set. */
export type Settable = NonNullable<TicketPatch['status']>;

/** A status of which something is to be said. */
export type Spoken = 'waiting_third' | 'suspended' | 'resolved' | 'closed';

/** What one may set, and of which something is to be said. */
export const settable: readonly Settable[] = ['open', 'waiting_citizen', 'waiting_third', 'suspended', 'resolved', 'closed'];
export const spoken: readonly Spoken[] = ['waiting_third', 'suspended', 'resolved', 'closed'];
export const bases: readonly SuspensionBasis[] = ['information', 'refusal_notice', 'opinion', 'court_order', 'other'];

/** The priorities and their words, the most urgent first. */
export const priorities = [
  { value: 4, word: 'urgent' },
  { value: 3, word: 'high' },
  { value: 2, word: 'normal' },
  { value: 1, word: 'low' },
] as const;

/** The word of a priority. */
export function priorityWord(value: number) {
  return priorities.find((each) => each.value === value)?.word ?? 'normal';
}

/** The choice that asks for more than an outcome. */
export const detailed = 'detailed';

/** The outcomes to pick from, first the one that whoever asks most often means. */
export function useOutcomeChoices(): Choice[] {
  const { t } = useTranslation();
  const role = useMe().role;
  return useMemo(() => {
    const first: Outcome = role === 'first_level' || role === 'communications' ? 'answered_first_level' : 'answered_office';
    const sorted = [first, ...outcomes.filter((each) => each !== first)];
    return sorted.map((value) => ({ value, label: value === 'forwarded' ? `${t(`outcome.${value}`)}…` : t(`outcome.${value}`) }));
  }, [t, role]);
}

/** What a picked outcome says; nothing for one that needs a word more. */
export function plainOutcome(value: string): Standing | undefined {
  const outcome = outcomes.find((each) => each === value);
  return outcome && outcome !== 'forwarded' ? { outcome } : undefined;
}

/** All request types. */
export const requestTypesQuery = queryOptions({
  queryKey: ['request-types'] as const,
  queryFn: async ({ signal }) => (await body(api.GET('/request-types', { signal }))).items,
  staleTime: 60 * 60_000,
});

/** Those to choose from: what is retired stands where it stands. */
export const offeredTypesQuery = queryOptions({ ...requestTypesQuery, select: (all) => all.filter((each) => !each.retired) });

/** Words the code of a request type. */
export function useTypeName(): (code: string) => string {
  const types = useQuery(requestTypesQuery).data;
  const language = useLanguage();
  return (code) => {
    const labels = types?.find((each) => each.code === code)?.labels;
    return labels?.[language] ?? labels?.['it'] ?? code;
  };
}

/** Words what is said of a status, in parts. */
export function useStandingWords(): (said: Standing) => string[] {
  const { t } = useTranslation();
  const coded = useCoded();
  return (said) => {
    const parts: string[] = [];
    if (said.outcome)
      parts.push(
        t('standing.outcomeIs', { outcome: coded('outcome', said.outcome) }) +
          (said.who ? ` ${t('standing.toWhom', { who: said.who })}` : ''),
      );
    if (said.basis) parts.push(t('standing.suspendedFor', { basis: coded('basis', said.basis) }));
    if (said.who && !said.outcome) parts.push(t('standing.waitsFor', { who: said.who }));
    if (said.note) parts.push(`«${said.note}»`);
    return parts;
  };
}
