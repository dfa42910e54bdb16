import type { Term, TermPolicy } from '@/api/schema.gen';

/** The three terms of a rule. */
export const targets = ['first', 'next', 'resolve'] as const;
/** What a term is counted in, and how, in one word. */
export const units = ['worked_days', 'worked_hours', 'worked_minutes', 'days', 'hours', 'minutes'] as const;
type Target = (typeof targets)[number];
export type UnitName = (typeof units)[number];

/** A rule as it stands in the form: numbers as they were typed. */
export interface Rule {
  key: string;
  office: string;
  priority: string;
  type: string;
  terms: Record<Target, { amount: string; unit: UnitName }>;
  warn: string;
}

const usual: Record<Target, UnitName> = { first: 'worked_days', next: 'worked_days', resolve: 'days' };

/** Reads a rule of the hub's into the form. */
export function ruleOf(policy: TermPolicy, key: string): Rule {
  const term = (target: Target) => ({
    amount: String(policy[target]?.amount ?? ''),
    unit: policy[target] ? unitOf(policy[target]) : usual[target],
  });
  return {
    key,
    office: policy.office_id ?? '',
    priority: String(policy.priority ?? ''),
    type: policy.request_type ?? '',
    warn: String(policy.warn_percent),
    terms: { first: term('first'), next: term('next'), resolve: term('resolve') },
  };
}

function unitOf(term: Term): UnitName {
  return units.find((each) => each === `${term.worked ? 'worked_' : ''}${term.unit}`) ?? 'days';
}

/** What the hub is told of a rule; what is no number goes as 0, which the hub refuses with the field. */
export function policyOf(rule: Rule): TermPolicy {
  const term = (target: Target): Partial<Record<Target, Term>> => {
    const { amount, unit } = rule.terms[target];
    if (amount.trim() === '') return {};
    const [bare] = unit.split('_').slice(-1) as [Term['unit']];
    return { [target]: { amount: whole(amount), unit: bare, worked: unit.startsWith('worked_') } };
  };
  return {
    ...(rule.office && { office_id: rule.office }),
    ...(rule.priority && { priority: Number(rule.priority) }),
    ...(rule.type && { request_type: rule.type }),
    ...term('first'),
    ...term('next'),
    ...term('resolve'),
    warn_percent: whole(rule.warn),
  };
}

function whole(text: string): number {
  const n = Number(text.trim());
  return text.trim() !== '' && Number.isSafeInteger(n) ? n : 0;
}
