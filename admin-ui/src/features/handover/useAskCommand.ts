import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { command, useCommands } from '@/features/command/registry';

/** Whether the question to another office is being written, with the command that begins it. */
export function useAskCommand(may: boolean): [asking: boolean, setAsking: (asking: boolean) => void] {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const commands = useMemo(
    () => (may ? [command({ id: 'ask', title: t('ask.title'), synonyms: t('ask.synonyms'), icon: 'office', run: () => setAsking(true) })] : []),
    [may, t],
  );
  useCommands(commands);
  return [asking, setAsking];
}
