import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Contact, ContactPatch } from '@/api/schema.gen';
import { useFieldText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextArea, TextField } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { useLanguage } from '@/i18n/words';
import { useChange } from './useChange';
import style from './Facts.module.css';

/** Languages one can choose; another one that the contact has is offered too. */
const languages = ['it', 'en', 'fr', 'de', 'es', 'ro', 'sq', 'ar', 'uk', 'zh', 'bn', 'ur'];

type Typed = Omit<ContactPatch, 'version'>;

/** Writes on a contact's card. Only what was typed is sent, so that a colleague's other corrections stay. */
export function CardDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const [typed, setTyped] = useState<Typed>({});
  const { save, problem } = useChange(
    contact.id,
    () => body(api.PATCH('/contacts/{id}', { params: { path: { id: contact.id } }, body: { version: contact.version, ...typed } })),
    onClose,
  );
  const now = { ...contact, ...typed };
  const field = (name: 'name' | 'fiscal_code' | 'vat_number' | 'notes') => ({
    value: now[name] ?? '',
    error: fieldText(save.error, name),
    onChange: (event: { target: { value: string } }) => setTyped({ ...typed, [name]: event.target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Object.keys(typed).length === 0) onClose();
    else save.mutate();
  };
  return (
    <Dialog title={t('contact.edit')} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        <TextField label={t('contact.name')} hint={t('contact.nameHint')} maxLength={200} autoComplete="off" {...field('name')} />
        <SelectField
          label={t('contact.kind')}
          value={now.kind}
          onChange={(event) => setTyped({ ...typed, kind: event.target.value as Contact['kind'] })}
        >
          <option value="person">{t('contact.person')}</option>
          <option value="organisation">{t('contact.organisation')}</option>
        </SelectField>
        <TextField
          label={t('contact.fiscalCode')}
          hint={t('contact.fiscalHint')}
          maxLength={32}
          autoComplete="off"
          spellCheck={false}
          {...field('fiscal_code')}
        />
        <TextField label={t('contact.vatNumber')} maxLength={32} autoComplete="off" inputMode="numeric" {...field('vat_number')} />
        <Language value={now.language ?? ''} onChange={(language) => setTyped({ ...typed, language })} />
        <TextArea label={t('contact.notes')} hint={t('contact.notesHint')} maxLength={4000} {...field('notes')} />
        {problem && <Refusal>{problem}</Refusal>}
        <Button look="primary" type="submit" disabled={save.isPending}>
          {t('contact.save')}
        </Button>
      </form>
    </Dialog>
  );
}

function Language({ value, onChange }: { value: string; onChange: (language: string) => void }) {
  const { t } = useTranslation();
  const names = new Intl.DisplayNames(useLanguage(), { type: 'language' });
  const offered = value && !languages.includes(value) ? [value, ...languages] : languages;
  return (
    <SelectField label={t('contact.language')} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{t('contact.languageUnknown')}</option>
      {offered.map((each) => (
        <option key={each} value={each}>
          {names.of(each) ?? each}
        </option>
      ))}
    </SelectField>
  );
}
