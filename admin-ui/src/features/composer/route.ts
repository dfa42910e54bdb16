import type { Correspondent, DeliveryChoice, DeliveryOption, DeliverySkipped, Recipient } from '@/api/schema.gen';
import type { Writing } from './drafts';

/** Where what is being written will go: the operator's own choice, else the hub's. */
export interface Route {
  option: DeliveryOption | undefined;
  own: boolean;
  cc: readonly Recipient[];
}

/** Puts together the hub's choice and the operator's changes. */
export function routeOf(writing: Writing, choice: DeliveryChoice | undefined): Route {
  const cc = writing.cc ?? [];
  const to = writing.to?.[0];
  if (!to) return { option: choice?.choice, own: false, cc };
  const known = [choice?.choice, ...(choice?.fallbacks ?? [])].find((each) => each && sameWay(each, to, writing.channel_id));
  return { option: known, own: true, cc };
}

/** The kind of address that is written to, reachable or not. */
export function kindOf(route: Route, writing: Writing): string | undefined {
  return route.own ? writing.to?.[0]?.kind : route.option?.to.kind;
}

/** Why what is being written does not go where one would expect: what is against the operator's own choice, else against
 * the addresses that would have come before the hub's. */
export function objections(writing: Writing, choice: DeliveryChoice | undefined): DeliverySkipped[] {
  const to = writing.to?.[0];
  if (!choice) return [];
  if (to) return choice.skipped.filter((each) => each.to.kind === to.kind && each.to.address === to.address);
  return [...choice.doubted, ...choice.skipped.filter((each) => each.before)].filter((each) => each.rank !== 'next_usable');
}

/** What is being written with its copies spelled out: copies go along only with a recipient named by us. */
export function addressed(writing: Writing, route: Route): Writing {
  const { to, option, cc } = { to: writing.to, ...route };
  if (cc.length === 0 || to?.length || !option) return writing;
  return { ...writing, to: [asRecipient(option.to)], channel_id: option.channel.id };
}

/** The ways to choose from, the hub's first. */
export function ways(choice: DeliveryChoice | undefined): DeliveryOption[] {
  return [...(choice?.choice ? [choice.choice] : []), ...(choice?.fallbacks ?? [])];
}

/** Whether an option is the one a recipient and a channel stand for. */
export function sameWay(option: DeliveryOption, to: Recipient, channel: string | undefined): boolean {
  return option.to.address === to.address && option.to.kind === to.kind && (!channel || option.channel.id === channel);
}

/** A correspondent as a recipient of a reply. */
export function asRecipient({ kind, address, name }: Correspondent): Recipient {
  return { kind, address, ...(name && { name }) };
}

/** A form good enough to be tried; the hub has the last word. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}$/.test(text.trim());
}
