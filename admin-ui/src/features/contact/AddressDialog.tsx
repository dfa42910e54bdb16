import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Address, AddressPatch, Contact } from '@/api/schema.gen';
import { useFieldText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { CheckField, SelectField, TextField } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { useChannelName } from '@/features/channel/useChannelName';
import { useChange } from './useChange';
import style from './Facts.module.css';

const kinds: Address['kind'][] = ['email', 'pec', 'mobile', 'landline', 'fax', 'postal'];

interface Props {
  contact: Contact;
  /** The address to correct; without one another is added. */
  address?: Address | undefined;
  onClose: () => void;
}

/** Adds an address to a contact, corrects one, or says that several use it or that nobody reads there any more. */
export function AddressDialog({ contact, address, onClose }: Props) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const nameOf = useChannelName();
  const [kind, setKind] = useState<Address['kind']>(address?.kind ?? 'email');
  const [typed, setTyped] = useState<Omit<AddressPatch, 'version'>>({});
  const [missing, setMissing] = useState(false);
  const { save, problem } = useChange(contact.id, () => send(contact, address, kind, typed), onClose);
  const taken = hasCode(save.error, 'conflict');
  const value = typed.value ?? address?.value ?? '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(value.trim() === '');
    if (value.trim() === '') return;
    if (address && Object.keys(typed).length === 0) onClose();
    else save.mutate();
  };
  const wrong = missing ? t('error.field.required') : taken ? t('contact.taken') : fieldText(save.error, 'value');
  return (
    <Dialog title={address ? t('contact.correctTitle') : t('contact.add')} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        {!address && (
          <SelectField label={t('contact.addressKind')} value={kind} onChange={(event) => setKind(event.target.value as Address['kind'])}>
            {kinds.map((each) => (
              <option key={each} value={each}>
                {nameOf(each)}
              </option>
            ))}
          </SelectField>
        )}
        <TextField
          label={address ? nameOf(address.kind) : t('contact.address')}
          hint={address && t('contact.correctHint')}
          maxLength={500}
          autoComplete="off"
          spellCheck={false}
          value={value}
          error={wrong}
          onChange={(event) => setTyped({ ...typed, value: event.target.value })}
        />
        <CheckField
          label={t('contact.shared')}
          hint={t('contact.sharedHint')}
          checked={typed.shared ?? address?.shared ?? false}
          onChange={(event) => setTyped({ ...typed, shared: event.target.checked })}
        />
        {address && (
          <CheckField
            label={t('contact.unusable')}
            hint={t('contact.unusableHint')}
            checked={typed.usable === undefined ? address.undeliverable_since !== undefined : !typed.usable}
            onChange={(event) => setTyped({ ...typed, usable: !event.target.checked })}
          />
        )}
        {problem && !taken && <Refusal>{problem}</Refusal>}
        <Button look="primary" type="submit" disabled={save.isPending}>
          {t('contact.save')}
        </Button>
      </form>
    </Dialog>
  );
}

function send(contact: Contact, address: Address | undefined, kind: Address['kind'], typed: Omit<AddressPatch, 'version'>) {
  const { version, id } = contact;
  if (address) {
    return body(
      api.PATCH('/contacts/{id}/addresses/{address}', { params: { path: { id, address: address.id } }, body: { version, ...typed } }),
    );
  }
  return body(
    api.POST('/contacts/{id}/addresses', {
      params: { path: { id } },
      body: { version, kind, value: typed.value ?? '', shared: typed.shared ?? false },
    }),
  );
}
