import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Area, Language, RoutingRule, Tag } from '@/api/schema.gen';
import { areasQuery } from './routing';
import { channelsQuery } from '@/features/channel/channels';
import { useTypeName } from '@/features/standing/standing';
import { tagsQuery } from '@/features/tags/tags';
import { officesQuery } from '@/features/ticket/tickets';
import { useLanguage } from '@/i18n/words';

/** The priorities a rule can give, the most urgent first. */
export const priorities = [4, 3, 1] as const;

/** Words a rule: when it holds, and what it does then. */
export function useRuleWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const offices = useQuery(officesQuery).data ?? [];
  const channels = useQuery(channelsQuery).data ?? [];
  const areas = useQuery(areasQuery).data ?? [];
  const tags = useQuery(tagsQuery).data ?? [];
  const typeName = useTypeName();
  const one = new Intl.ListFormat(language, { type: 'disjunction' });
  const all = new Intl.ListFormat(language, { type: 'conjunction' });
  const tongue = new Intl.DisplayNames(language, { type: 'language' });
  const office = (id: string | undefined) => offices.find((each) => each.id === id)?.name ?? t('routing.goneOffice');
  const tagName = (tag: Tag) => t(tag.retired ? 'routing.then.tagRetired' : 'routing.quoted', { word: tag.name });
  const spoken = (tag: string) => {
    try {
      return tongue.of(tag) ?? tag;
    } catch {
      return tag;
    }
  };
  const when = (rule: RoutingRule) => {
    const parts: string[] = [];
    if (rule.channels?.length)
      parts.push(
        t('routing.if.channel', {
          list: one.format(rule.channels.map((id) => channels.find((each) => each.id === id)?.name ?? t('routing.goneChannel'))),
        }),
      );
    if (rule.forms?.length) parts.push(t('routing.if.form', { list: one.format(rule.forms) }));
    if (rule.words?.length)
      parts.push(
        t(`routing.if.words${rule.in === 'subject' ? 'Subject' : rule.in === 'text' ? 'Text' : ''}`, {
          list: one.format(rule.words.map((each) => t('routing.quoted', { word: each }))),
        }),
      );
    if (rule.languages?.length) parts.push(t('routing.if.language', { list: one.format(rule.languages.map(spoken)) }));
    if (rule.areas?.length)
      parts.push(
        t('routing.if.area', {
          list: one.format(
            rule.areas.map(
              (id) =>
                areaName(
                  areas.find((each) => each.id === id),
                  language,
                ) ?? id,
            ),
          ),
        }),
      );
    if (rule.sender) parts.push(t(`routing.if.${rule.sender}`));
    if (rule.hours) parts.push(t(`routing.if.${rule.hours}`));
    return all.format(parts);
  };
  const standIn = (rule: RoutingRule) =>
    rule.fallback_id &&
    t(rule.when_closed ? 'routing.then.closed' : 'routing.then.fallback', {
      office: office(rule.fallback_id),
    });
  const then = (rule: RoutingRule) => {
    const parts: string[] = [];
    if (rule.office_id) parts.push([office(rule.office_id), standIn(rule)].filter(Boolean).join(' '));
    const urgency = priorities.find((each) => each === rule.priority);
    if (urgency) parts.push(t(`routing.then.priority${urgency}`));
    if (rule.type) parts.push(t('routing.then.type', { type: typeName(rule.type) }));
    const given = tags.filter((each) => rule.tags?.includes(each.id));
    if (given.length > 0) parts.push(t('routing.then.tags', { count: given.length, list: all.format(given.map(tagName)) }));
    return parts.join(', ');
  };
  return { when, then };
}

/** The name of an area in a language. */
export function areaName(area: Area | undefined, language: Language): string | undefined {
  return area && (language === 'en' && area.name_en ? area.name_en : area.name);
}
