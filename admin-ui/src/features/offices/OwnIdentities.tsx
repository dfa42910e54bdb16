import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ChannelIdentity } from '@/api/schema.gen';
import { CheckField, TextArea, TextField } from '@/design/Field';
import { channelsQuery } from '@/features/channel/channels';
import { useChannelName } from '@/features/channel/useChannelName';
import { useMay } from '@/features/session/me';
import style from './OfficePage.module.css';

interface Props {
  own: readonly ChannelIdentity[];
  /** The signature of the other kinds, with which a new one begins. */
  shared: string;
  onChange: (own: ChannelIdentity[]) => void;
  error: (kind: string, field: 'sender_name' | 'signature') => string | undefined;
}

/** Kinds whose recipients see no name beside the address. */
const nameless: readonly string[] = ['sms'];

/** By which kinds of channel an office signs otherwise: a text has no room for an address. */
export function OwnIdentities({ own, shared, onChange, error }: Props) {
  const { t } = useTranslation();
  const name = useChannelName();
  const sees = useMay('channel.read');
  const channels = useQuery({ ...channelsQuery, enabled: sees }).data ?? [];
  const kinds = new Set([
    'email',
    'sms',
    ...channels.filter((each) => each.sends !== false).map((each) => each.kind),
    ...own.map((each) => each.kind),
  ]);
  const put = (kind: string, change: Partial<ChannelIdentity>) =>
    onChange(own.map((each) => (each.kind === kind ? { ...each, ...change } : each)));
  return (
    <fieldset className={style.own}>
      <legend>{t('settings.ownIdentity')}</legend>
      <p>{t('settings.ownIdentityHint')}</p>
      {[...kinds].map((kind) => {
        const it = own.find((each) => each.kind === kind);
        return (
          <div key={kind}>
            <CheckField
              label={t('settings.ownBy', { kind: name(kind) })}
              checked={Boolean(it)}
              onChange={(event) =>
                onChange(
                  event.target.checked ? [...own, { kind, sender_name: '', signature: shared }] : own.filter((each) => each.kind !== kind),
                )
              }
            />
            {it && !nameless.includes(kind) && (
              <TextField
                label={t('settings.senderBy', { kind: name(kind) })}
                maxLength={100}
                value={it.sender_name}
                error={error(kind, 'sender_name')}
                onChange={(event) => put(kind, { sender_name: event.target.value })}
              />
            )}
            {it && (
              <TextArea
                label={t('settings.signatureBy', { kind: name(kind) })}
                rows={kind === 'sms' ? 2 : 4}
                maxLength={2000}
                value={it.signature}
                error={error(kind, 'signature')}
                onChange={(event) => put(kind, { signature: event.target.value })}
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
