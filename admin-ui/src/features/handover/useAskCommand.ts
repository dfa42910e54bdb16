import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { command, useCommands } from '@/features/command/registry';

/** Whom a question is being written to. */
export type Asked = 'office' | 'expert';

/** Whom the question being written goes to, with the commands that begin one. */
export function useAskCommand(may: boolean): [asking: Asked | undefined, setAsking: (asking: Asked | undefined) => void] {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Asked>();
  const commands = useMemo(
    () =>
      may
        ? [
            command({ id: 'ask', title: t('ask.title'), synonyms: t('ask.synonyms'), icon: 'office', run: () => setAsking('office') }),
            command({
              id: 'ask-expert',
              title: t('expert.title'),
              synonyms: t('expert.synonyms'),
              icon: 'email',
              run: () => setAsking('expert'),
            }),
          ]
        : [],
    [may, t],
  );
  useCommands(commands);
  return [asking, setAsking];
}
