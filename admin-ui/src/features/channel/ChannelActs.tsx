import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { Icon } from '@/design/Icon';
import { useMay } from '@/features/session/me';
import style from './ChannelsPage.module.css';
import { useChannelAct } from './useChannelAct';

/** What an administrator may do with a channel. */
export function ChannelActs({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const may = useMay('channel.manage');
  const [asking, setAsking] = useState<'pause' | 'archive' | undefined>();
  const act = useChannelAct(channel);
  if (!may) return null;
  const stopped = channel.state === 'suspended' || channel.state === 'paused';
  const run = (what: 'pause' | 'archive') => act.mutate(what, { onSuccess: () => setAsking(undefined) });
  return (
    <div className={style.acts}>
      <Link to="/channels/$id" params={{ id: channel.id }} className={style.setup}>
        <Icon name="settings" size={14} /> {t('channels.setup')}
        <span className="visually-hidden"> {channel.name}</span>
      </Link>
      {stopped && (
        <Button look="quiet" icon="trash" onClick={() => setAsking('archive')}>
          {t('channels.archive')}
        </Button>
      )}
      {stopped ? (
        <Button look="primary" icon="play" disabled={act.isPending} onClick={() => act.mutate('resume')}>
          {t('channels.resume')}
        </Button>
      ) : (
        <Button icon="pause" look="quiet" onClick={() => setAsking('pause')}>
          {t('channels.pause')}
        </Button>
      )}
      {asking && (
        <Dialog
          title={t(`channels.${asking}Title`, { name: channel.name })}
          onClose={() => setAsking(undefined)}
          actions={
            <>
              <Button onClick={() => setAsking(undefined)}>{t('cancel')}</Button>
              <Button look="danger" disabled={act.isPending} onClick={() => run(asking)}>
                {t(`channels.${asking}`)}
              </Button>
            </>
          }
        >
          <p>{t(`channels.${asking}Body`)}</p>
        </Dialog>
      )}
    </div>
  );
}
