import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { command, useCommands, type Command } from '@/features/command/registry';
import { pages, queues, useCommandTitle } from '@/features/command/titles';
import { useMe, useUpdateMe } from '@/features/session/me';
import { isDark } from '@/features/session/theme';
import { useTakeNext } from '@/features/ticket/useTakeNext';
import { useSignOut } from '@/features/session/useSignOut';

const addresses: Record<(typeof pages)[number], string> = {
  mentions: '/mentions',
  quarantine: '/quarantine',
  failed: '/deliveries/failed',
  uncertain: '/deliveries/uncertain',
  channels: '/channels',
  offices: '/offices',
  people: '/people',
  audit: '/audit',
  settings: '/settings',
};

/** What it takes to see a page, by the API's name for it. */
const needs: Partial<Record<(typeof pages)[number], string>> = {
  mentions: 'mention.read',
  quarantine: 'quarantine.read',
  failed: 'delivery.read',
  uncertain: 'delivery.read',
  channels: 'channel.read',
  people: 'people.manage',
  audit: 'audit.read',
};

/** Offers the commands that work on every page. */
export function useShellCommands(open: (over: 'palette' | 'help' | 'visit') => void) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const title = useCommandTitle();
  const signOut = useSignOut();
  const { language, actions } = useMe();
  const { mutate: update } = useUpdateMe();
  const { mutate: takeNext } = useTakeNext();
  const commands = useMemo<Command[]>(() => {
    const go = (href: string) => () => void navigate({ href });
    const synonyms: Partial<Record<string, string>> = {
      settings: t('command.synonyms.settings'),
      quarantine: t('command.synonyms.quarantine'),
      channels: t('command.synonyms.channels'),
      offices: t('command.synonyms.offices'),
      people: t('command.synonyms.people'),
    };
    return [
      command({ id: 'palette', title: title('palette'), keysOnly: true, run: () => open('palette') }),
      ...(actions.includes('ticket.list') ? queues : []).map((queue) =>
        command({ id: `go.${queue}`, title: title(`go.${queue}`), run: go(`/inbox/${queue}`) }),
      ),
      ...(actions.includes('ticket.take')
        ? [command({ id: 'takeNext', title: title('takeNext'), icon: 'mine', run: () => takeNext() })]
        : []),
      ...(actions.includes('ticket.record')
        ? [command({ id: 'visit', title: title('visit'), synonyms: t('visit.synonyms'), icon: 'counter', run: () => open('visit') })]
        : []),
      ...pages
        .filter((page) => needs[page] === undefined || actions.includes(needs[page]))
        .map((page) => command({ id: `go.${page}`, title: title(`go.${page}`), synonyms: synonyms[page] ?? '', run: go(addresses[page]) })),
      command({ id: 'help', title: title('help'), icon: 'keyboard', run: () => open('help') }),
      command({
        id: 'theme',
        title: t('command.theme'),
        icon: 'settings',
        synonyms: t('command.synonyms.theme'),
        run: () => update({ theme: isDark() ? 'light' : 'dark' }),
      }),
      command({
        id: 'language',
        title: t('command.language'),
        icon: 'settings',
        run: () => update({ language: language === 'it' ? 'en' : 'it' }),
      }),
      command({ id: 'signOut', title: t('nav.signOut'), icon: 'exit', run: signOut }),
    ];
  }, [t, title, navigate, open, update, language, actions, signOut, takeNext]);
  useCommands(commands);
}
