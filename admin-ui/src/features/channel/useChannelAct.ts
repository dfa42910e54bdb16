import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Channel } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { toast } from '@/design/toasts';
import { channelsQuery } from './channels';

type ChannelAct = 'resume' | 'pause' | 'archive' | 'restore';

const done = { resume: 'resumed', pause: 'paused', archive: 'archived', restore: 'restored' } as const;

/** Starts, stops, puts away or takes back a channel, and says so. */
export function useChannelAct(channel: Channel) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const params = { path: { id: channel.id } };
  return useMutation({
    mutationFn: (act: ChannelAct) => {
      switch (act) {
        case 'resume':
          return body(api.POST('/channels/{id}/resume', { params }));
        case 'pause':
          return body(api.POST('/channels/{id}/pause', { params }));
        case 'archive':
          return body(api.POST('/channels/{id}/archive', { params }));
        case 'restore':
          return body(api.POST('/channels/{id}/restore', { params }));
      }
    },
    onSuccess: (_fresh, act) => toast(t(`channels.${done[act]}`, { name: channel.name })),
    onError: (error) => toast(text(error), { tone: 'danger' }),
    onSettled: () => void client.invalidateQueries({ queryKey: channelsQuery.queryKey }),
  });
}
