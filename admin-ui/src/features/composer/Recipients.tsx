import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeliveryChoice, DeliveryOption, Recipient, Ticket } from '@/api/schema.gen';
import { Button, IconButton } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { Tag } from '@/design/Marks';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useReason } from '@/i18n/words';
import type { Patch, Writing } from './drafts';
import { asRecipient, looksLikeEmail, routeOf, sameWay, ways } from './route';
import style from './Recipients.module.css';

interface Props {
  ticket: Ticket;
  writing: Writing;
  choice: DeliveryChoice | undefined;
  onChange: (patch: Patch) => void;
  onClose: () => void;
}

/** To whom and how a reply goes. Nobody is added who was not already written to; third persons only by an act of the operator. */
export function Recipients({ ticket, writing, choice, onChange, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t('composer.recipients.title')}
      width="wide"
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          {t('composer.recipients.done')}
        </Button>
      }
    >
      <Ways writing={writing} choice={choice} onChange={onChange} />
      <Copies ticket={ticket} writing={writing} choice={choice} onChange={onChange} />
    </Dialog>
  );
}

function Ways({ writing, choice, onChange }: Pick<Props, 'writing' | 'choice' | 'onChange'>) {
  const { t } = useTranslation();
  const reason = useReason('reason');
  const against = useReason('against');
  const doubt = (way: DeliveryOption) => choice?.doubted.find((each) => each.to.kind === way.to.kind && each.to.address === way.to.address);
  const reasonOf = (way: DeliveryOption) => {
    const doubted = doubt(way);
    return doubted
      ? t(doubted.rank === 'preferred' ? 'composer.doubtedPreferred' : 'composer.doubted', { why: against(doubted.reason) })
      : reason(way.reason);
  };
  const to = writing.to?.[0];
  return (
    <fieldset className={style.group}>
      <legend>{t('composer.recipients.ways')}</legend>
      {!choice?.choice && <p className={style.none}>{choice ? reason(choice.reason) : t('composer.routeLoading')}</p>}
      {ways(choice).map((way, index) => {
        const hub = way === choice?.choice;
        const checked = to ? sameWay(way, to, writing.channel_id) : hub;
        return (
          <label key={`${way.channel.id} ${way.to.address}`} className={style.way}>
            <input
              type="radio"
              name="way"
              checked={checked}
              onChange={() =>
                onChange(hub ? { to: undefined, channel_id: undefined } : { to: [asRecipient(way.to)], channel_id: way.channel.id })
              }
            />
            <ChannelIcon kind={way.to.kind} />
            <span>
              <strong>{way.to.address}</strong>
              <small>
                {way.channel.name} · {reasonOf(way)}
              </small>
            </span>
            {index === 0 && hub && <Tag tone="accent">{t('composer.recipients.hub')}</Tag>}
          </label>
        );
      })}
      {choice && choice.skipped.length > 0 && (
        <>
          <p className={style.hint}>{t('composer.recipients.skipped')}</p>
          <ul>
            {choice.skipped.map((each) => (
              <li key={`${each.to.kind} ${each.to.address}`} className={style.copy}>
                <ChannelIcon kind={each.to.kind} size={14} />
                <span>
                  {each.to.address}
                  <small>{against(each.reason)}</small>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </fieldset>
  );
}

function Copies({ ticket, writing, choice, onChange }: Omit<Props, 'onClose'>) {
  const { t } = useTranslation();
  const { cc } = routeOf(writing, choice);
  const set = (next: readonly Recipient[]) => onChange({ cc: [...next] });
  const has = (address: string) => cc.some((each) => each.address.toLowerCase() === address.toLowerCase());
  const offered = ticket.parties.filter((each) => each.role !== 'requester' && each.kind === 'email' && !has(each.address));
  return (
    <fieldset className={style.group}>
      <legend>{t('composer.recipients.cc')}</legend>
      <p className={style.hint}>{t('composer.recipients.ccHint')}</p>
      <ul>
        {cc.map((each) => (
          <li key={each.address} className={style.copy}>
            <ChannelIcon kind={each.kind} size={14} />
            <span>{each.name ? `${each.name} <${each.address}>` : each.address}</span>
            {choice?.cc.some((known) => known.address === each.address) && <Tag>{t('composer.recipients.wasCopied')}</Tag>}
            <IconButton
              small
              icon="close"
              label={t('composer.recipients.remove', { address: each.address })}
              onClick={() => set(cc.filter((other) => other !== each))}
            />
          </li>
        ))}
        {offered.map((party) => (
          <li key={party.address} className={style.copy}>
            <ChannelIcon kind={party.kind} size={14} />
            <span>
              {party.name ?? party.address}
              {party.role === 'third' && <small className={style.third}>{t('composer.recipients.third')}</small>}
            </span>
            <Button
              small
              onClick={() => set([...cc, { kind: party.kind, address: party.address, ...(party.name && { name: party.name }) }])}
            >
              {t('composer.recipients.add')}
            </Button>
          </li>
        ))}
      </ul>
      <AddAddress onAdd={(address) => !has(address) && set([...cc, { kind: 'email', address }])} />
    </fieldset>
  );
}

function AddAddress({ onAdd }: { onAdd: (address: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const add = () => {
    const good = looksLikeEmail(text);
    setWrong(!good);
    if (!good) return;
    onAdd(text.trim());
    setText('');
  };
  return (
    <div className={style.add}>
      <TextField
        label={t('composer.recipients.addCc')}
        type="email"
        inputMode="email"
        value={text}
        maxLength={320}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          add();
        }}
        error={wrong ? t('composer.recipients.badAddress') : undefined}
      />
      <Button icon="plus" onClick={add}>
        {t('composer.recipients.add')}
      </Button>
    </div>
  );
}
