import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { command, useCommands } from '@/features/command/registry';
import { useMay } from '@/features/session/me';

/** Offers joining another ticket to the open one. */
export function useJoinCommand() {
  const { t } = useTranslation();
  const may = useMay('ticket.join');
  const state = useState(false);
  const [, setJoining] = state;
  const commands = useMemo(
    () => (may ? [command({ id: 'join', title: t('ticket.join'), section: 'ticket', icon: 'join', run: () => setJoining(true) })] : []),
    [may, t, setJoining],
  );
  useCommands(commands);
  return state;
}
