import { Icon } from '@/design/Icon';
import type { IconName } from '@/design/icons';
import { useChannelName } from './useChannelName';

const outlines: Record<string, IconName> = {
  email: 'email',
  pec: 'pec',
  sms: 'sms',
  mobile: 'sms',
  short_code: 'sms',
  alphanumeric: 'sms',
  fax: 'fax',
  webform: 'web',
  web: 'web',
  telephony: 'phone',
  counter: 'counter',
  landline: 'phone',
  postal: 'postal',
};

/** The sign of a channel's or an address's kind, with its name for those who do not see it. */
export function ChannelIcon({ kind, size = 16 }: { kind: string; size?: number }) {
  const name = useChannelName();
  return (
    <span title={name(kind)} style={{ display: 'inline-flex' }}>
      <Icon name={outlines[kind] ?? 'inbox'} size={size} label={name(kind)} />
    </span>
  );
}
