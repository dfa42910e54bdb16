import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '@/api/client';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';

/** Ends the session and starts the page afresh, so that nothing of it stays in memory. */
export function useSignOut(): () => void {
  const client = useQueryClient();
  const text = useProblemText();
  return useCallback(() => {
    api.DELETE('/session').then(
      () => {
        client.clear();
        // What was begun to be written about people is not left on a desk that others use.
        for (const key of Object.keys(localStorage)) if (key.startsWith('sportello.visit.draft.')) localStorage.removeItem(key);
        location.assign('/sign-in');
      },
      (error: unknown) => toast(text(error), { tone: 'danger' }),
    );
  }, [client, text]);
}
