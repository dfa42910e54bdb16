import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from '@/app/store';
import { dismiss, toasts } from '@/design/toasts';
import { command, useCommands } from './registry';

/** Does by key what the newest notice offers. */
export function NoticeCommand() {
  const { t } = useTranslation();
  const newest = useStore(toasts).findLast((each) => each.action);
  const commands = useMemo(() => {
    const act = newest?.action;
    if (!act) return [];
    const run = () => {
      act.run();
      dismiss(newest.id);
    };
    return [command({ id: 'notice', title: t('command.notice'), icon: 'undo', run })];
  }, [newest, t]);
  useCommands(commands);
  return null;
}
