import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { useCoded } from '@/i18n/words';
import style from './Sender.module.css';

const methods = ['spf', 'dkim', 'dmarc'] as const;

/** Whether the sender is who it says, in plain words; what was checked is one press away. */
export function Sender({ message }: { message: Message }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const panel = useId();
  const check = message.sender_check;
  const proved = message.sender_authenticated === true;
  // Channels that prove their senders otherwise, such as a form, name no method.
  const method = (['dmarc', 'dkim'] as const).find((each) => check?.results[each] === 'pass')?.toUpperCase();
  const words = !proved ? t('conversation.unverified') : method ? t('conversation.verifiedBy', { method }) : t('conversation.verified');
  if (proved && !check?.authority) return null;
  return (
    <>
      <button
        type="button"
        className={style.verdict}
        data-proved={proved}
        aria-expanded={open}
        aria-controls={panel}
        title={proved ? undefined : t('conversation.unverifiedHint', { address: message.from.address })}
        onClick={() => setOpen(!open)}
      >
        <Icon name={proved ? 'check' : 'warn'} size={13} />
        {words}
        <Icon name={open ? 'down' : 'right'} size={11} />
      </button>
      {open && <Details id={panel} message={message} proved={proved} />}
    </>
  );
}

function Details({ id, message, proved }: { id: string; message: Message; proved: boolean }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const check = message.sender_check;
  const said = methods.filter((method) => check?.results[method]);
  return (
    <div id={id} className={style.details} role="group" aria-label={t('conversation.check.label')}>
      {!proved && <p>{t('conversation.unverifiedHint', { address: message.from.address })}</p>}
      {said.length > 0 && (
        <dl>
          {said.map((method) => {
            const result = check?.results[method] ?? '';
            return (
              <div key={method} data-result={result}>
                <dt>{t(`conversation.check.${method}`)}</dt>
                <dd>{coded('conversation.check', result === 'none' ? 'missing' : result)}</dd>
              </div>
            );
          })}
        </dl>
      )}
      <p>{check?.authority ? t('conversation.check.authority', { name: check.authority }) : t('conversation.check.none')}</p>
    </div>
  );
}
