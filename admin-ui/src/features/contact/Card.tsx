import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Address, ChosenAddress, Contact, Ticket } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Button, IconButton } from '@/design/Button';
import { ReadersDialog } from '@/features/audit/Readers';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useMay } from '@/features/session/me';
import { useMoments } from '@/i18n/words';
import { AddressDialog } from './AddressDialog';
import { CardDialog } from './CardDialog';
import { ConsentDialog, Consents } from './Consents';
import { Prefer } from './Prefer';
import { RelationDialog, Relations } from './Relations';
import { Same } from './Same';
import { useContactName } from './useContactName';
import { contactQuery } from './contacts';
import style from './Facts.module.css';

/** Who wrote: name, codes, notes and addresses, and the way to correct them. */
export function Card({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const nameOf = useContactName();
  const may = useMay('contact.update');
  const contact = useQuery({ ...contactQuery(ticket.contact?.id ?? ''), enabled: ticket.contact !== undefined }).data;
  const [editing, setEditing] = useState<Editing>();
  const close = () => setEditing(undefined);
  return (
    <section className={style.section}>
      <div className={style.head}>
        <h2>{contact?.kind === 'organisation' ? t('ticket.organisation') : t('ticket.contact')}</h2>
        {contact && may && (
          <Button small look="quiet" aria-label={t('contact.edit')} onClick={() => setEditing('card')}>
            {t('contact.editShort')}
          </Button>
        )}
      </div>
      <p className={style.name}>{contact?.name ?? nameOf(ticket)}</p>
      {contact && <Codes contact={contact} />}
      <ul aria-label={t('ticket.addresses')}>
        {ticket.chosen_address && <ChosenLine chosen={ticket.chosen_address} />}
        {contact?.addresses.map((address) => (
          <AddressLine
            key={address.id}
            contact={contact.id}
            address={address}
            preferable={may && (contact.addresses.length > 1 || address.preferred)}
            onEdit={may ? () => setEditing(address) : undefined}
          />
        ))}
      </ul>
      {contact && <Relations contact={contact} may={may} />}
      {contact && <Consents contact={contact} />}
      {contact && <Tools may={may} onOpen={setEditing} />}
      {contact && <Same contact={contact} may={may} />}
      {contact && <Opened contact={contact} which={editing} onClose={close} />}
    </section>
  );
}

/** What one adds to a card or looks up about it: one row, so that the facts below stay high. */
const tools = ['new', 'relation', 'consent', 'readers'] as const;
const toolWords = {
  new: ['contact.short.address', 'contact.add'],
  relation: ['contact.short.relation', 'contact.relate'],
  consent: ['contact.short.consent', 'contact.noteConsent'],
  readers: ['contact.short.readers', 'audit.readers.title'],
} as const;

type Editing = 'card' | (typeof tools)[number] | Address;

function Tools({ may, onOpen }: { may: boolean; onOpen: (tool: Editing) => void }) {
  const { t } = useTranslation();
  const reads = useMay('contact.readers');
  const shown = tools.filter((each) => (each === 'readers' ? reads : may));
  if (shown.length === 0) return null;
  return (
    <div className={style.tools}>
      {shown.map((each) => (
        <button key={each} type="button" title={t(toolWords[each][1])} onClick={() => onOpen(each)}>
          {t(toolWords[each][0])}
        </button>
      ))}
    </div>
  );
}

function Opened({ contact, which, onClose }: { contact: Contact; which: Editing | undefined; onClose: () => void }) {
  switch (which) {
    case undefined:
      return null;
    case 'card':
      return <CardDialog contact={contact} onClose={onClose} />;
    case 'relation':
      return <RelationDialog contact={contact} onClose={onClose} />;
    case 'consent':
      return <ConsentDialog contact={contact} onClose={onClose} />;
    case 'readers':
      return <ReadersDialog contact={contact.id} onClose={onClose} />;
    case 'new':
      return <AddressDialog contact={contact} address={undefined} onClose={onClose} />;
    default:
      return <AddressDialog contact={contact} address={which} onClose={onClose} />;
  }
}

function Codes({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  return (
    <>
      {(contact.fiscal_code ?? contact.vat_number) && (
        <dl className={style.codes}>
          {contact.fiscal_code && (
            <>
              <dt>{t('contact.fiscalCode')}</dt>
              <dd>{contact.fiscal_code}</dd>
            </>
          )}
          {contact.vat_number && (
            <>
              <dt>{t('contact.vatNumber')}</dt>
              <dd>{contact.vat_number}</dd>
            </>
          )}
        </dl>
      )}
      {contact.notes && (
        <p className={style.notes}>
          <span className="visually-hidden">{t('contact.notes')}: </span>
          {contact.notes}
        </p>
      )}
    </>
  );
}

interface LineProps {
  contact: string;
  address: Address;
  /** Whether the operator may say that answers go here, and it makes a difference. */
  preferable: boolean;
  onEdit: (() => void) | undefined;
}

/** Where the citizen wants the answers to this request alone. */
function ChosenLine({ chosen }: { chosen: ChosenAddress }) {
  const { t } = useTranslation();
  return (
    <li className={style.address}>
      <ChannelIcon kind={chosen.kind} size={14} />
      <span className={style.value}>
        <span className={style.text}>{chosen.address}</span>
        <small>{t('ticket.chosenHere')}</small>
      </span>
    </li>
  );
}

function AddressLine({ contact, address, preferable, onEdit }: LineProps) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const since = address.undeliverable_since;
  const said = [
    since && t('ticket.undeliverable', { date: moments.date(since, now) }),
    address.suppressed_since && t('ticket.suppressed', { date: moments.date(address.suppressed_since, now) }),
    address.verified ? t('ticket.verified') : t('ticket.unproved'),
    address.shared && t('ticket.shared'),
  ].filter(Boolean);
  return (
    <li className={style.address} data-dead={address.undeliverable_since !== undefined}>
      <ChannelIcon kind={address.kind} size={14} />
      <span className={style.value}>
        <span className={style.text}>{address.value}</span>
        {said.length > 0 && <small>{said.join(' · ')}</small>}
      </span>
      {preferable && <Prefer contact={contact} address={address} />}
      {onEdit && <IconButton small icon="more" label={t('contact.correct', { address: address.value })} onClick={onEdit} />}
    </li>
  );
}
