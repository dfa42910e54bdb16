import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '@/api/schema.gen';
import { useCoded } from '@/i18n/words';

/** Words for who, what and on what. */
export function useWording() {
  const { t, i18n } = useTranslation();
  const coded = useCoded();
  const act = useCallback(
    ({ act, route }: Pick<AuditEntry, 'act' | 'route'>) => {
      // The operation's own words, else those of its action, else of what it is about: a newer hub leaves no hole.
      if (i18n.exists(`audit.route.${route}`)) return coded('audit.route', route);
      if (i18n.exists(`audit.act.${act.replaceAll('.', '_')}`)) return coded('audit.act', act);
      const noun = act.split('.')[0] ?? '';
      return i18n.exists(`audit.noun.${noun}`) ? coded('audit.noun', noun) : act;
    },
    [coded, i18n],
  );
  const actor = useCallback(
    (key: string, name?: string) => {
      const [kind = '', rest = ''] = key.split(':');
      if (name) return kind === 'token' ? t('audit.actor.token', { name }) : name;
      if (kind === 'shell') return t('audit.actor.shell', { name: rest });
      if (kind === 'login') return t('audit.actor.login');
      if (kind === 'system') return t('audit.actor.system');
      return kind ? t('audit.actor.gone') : t('audit.actor.nobody');
    },
    [t],
  );
  const thing = useCallback(
    (object: string) => {
      const kind = object.startsWith('audit/contacts/') ? 'readers' : (object.split('/')[0] ?? '');
      return i18n.exists(`audit.thing.${kind}`) ? coded('audit.thing', kind) : kind;
    },
    [coded, i18n],
  );
  return { act, actor, thing };
}
