import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { ChannelIcon } from './ChannelIcon';
import { archivedQuery } from './channels';
import style from './ChannelsPage.module.css';
import { useChannelAct } from './useChannelAct';

/** The channels that were put away, folded. */
export function Archive() {
  const { t } = useTranslation();
  const { data } = useQuery(archivedQuery);
  if (!data || data.length === 0) return null;
  return (
    <details className={style.archive}>
      <summary>
        {t('channels.archivedList')} ({data.length})
      </summary>
      <ul>
        {data.map((channel) => (
          <Row key={channel.id} channel={channel} />
        ))}
      </ul>
    </details>
  );
}

function Row({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const act = useChannelAct(channel);
  return (
    <li>
      <ChannelIcon kind={channel.kind} />
      <span>
        {channel.name}
        {channel.address && ` · ${channel.address}`}
      </span>
      <Button small icon="undo" disabled={act.isPending} onClick={() => act.mutate('restore')}>
        {t('channels.restore')}
        <span className="visually-hidden"> {channel.name}</span>
      </Button>
    </li>
  );
}
