import { Problem } from '@/api/problem';
import type { ProblemField, RoutingRule } from '@/api/schema.gen';

/** The list with one of its rules at another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  const each = list[from];
  return each === undefined ? rest : [...rest.slice(0, to), each, ...rest.slice(to)];
}

/** What the hub found wrong with the rule at a place: the fields without the rule's part of their names. */
export function faultsOf(error: unknown, index: number): ProblemField[] {
  if (!(error instanceof Problem)) return [];
  const start = `rules.${index}.`;
  return error.fields.filter((each) => each.field.startsWith(start)).map((each) => ({ ...each, field: each.field.slice(start.length) }));
}

/** What is wrong with a rule before anybody is asked, as the hub would say it. */
export function mistakes(rule: RoutingRule): ProblemField[] {
  const conditions = [rule.channels, rule.forms, rule.words, rule.languages, rule.areas].some((each) => each && each.length > 0);
  const found: ProblemField[] = [];
  const note = (bad: boolean, field: string, code: string) => bad && found.push({ field, code });
  note(!rule.name.trim(), 'name', 'required');
  note(!conditions && !rule.sender && !rule.hours, 'when', 'rule_no_condition');
  note(!rule.office_id && !rule.priority && !rule.type && !rule.tags?.length, 'then', 'rule_does_nothing');
  note(Boolean(rule.fallback_id) && rule.fallback_id === rule.office_id, 'fallback_id', 'rule_fallback_ring');
  note(rule.when_closed && !rule.fallback_id, 'fallback_id', 'rule_fallback_missing');
  return found;
}
