import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { actKey, api, body } from '@/api/client';
import type { ChannelSetup, Language } from '@/api/schema.gen';
import { toast } from '@/design/toasts';
import { channelsQuery } from '../channels';
import type { Draft, toSend } from './draft';

interface Wanted {
  kind: string;
  draft: Draft;
  sent: ReturnType<typeof toSend>;
  /** A new channel that is not to start yet. */
  paused: boolean;
  language: Language;
}

/** Saves a channel and goes back to the list, where it can be watched starting. */
export function useSave(before: ChannelSetup | undefined) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ kind, draft, sent, paused, language }: Wanted) => {
      const { settings, secrets, forget } = sent;
      const common = { name: draft.name.trim(), ...(draft.office && { office_id: draft.office }), settings, secrets, language };
      if (!before) {
        await body(
          api.POST('/channels', { params: { header: { 'Idempotency-Key': actKey() } }, body: { adapter: kind, paused, ...common } }),
        );
        return;
      }
      const params = { path: { id: before.channel.id } };
      await body(api.PUT('/channels/{id}/setup', { params, body: { revision: before.revision, forget, ...common } }));
    },
    onSuccess: (_nothing, { draft }) => {
      toast(before ? t('setup.saved', { name: draft.name }) : t('setup.created', { name: draft.name }));
      void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
      if (before) client.removeQueries({ queryKey: ['channel-setup', before.channel.id] });
      void navigate({ to: '/channels' });
    },
  });
}
