import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Contact, FoundContact, Relation, RelationInput } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Button, IconButton } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextField } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { useMoments } from '@/i18n/words';
import { ContactSearch } from './ContactSearch';
import { contactQuery, relationsQuery, today } from './contacts';
import { useChange } from './useChange';
import style from './Facts.module.css';

const roles: Relation['role'][] = [
  'household',
  'delegate_of',
  'has_delegate',
  'guardian_of',
  'has_guardian',
  'represents',
  'represented_by',
];

/** Household, delegates, guardians and representatives of a contact. */
export function Relations({ contact, may }: { contact: Contact; may: boolean }) {
  const { t } = useTranslation();
  const all = useQuery(relationsQuery(contact.id)).data ?? [];
  if (all.length === 0) return null;
  return (
    <section aria-label={t('contact.relations')} className={style.merged}>
      <h3>{t('contact.relations')}</h3>
      <ul>
        {all.map((each) => (
          <Line key={each.id} contact={contact} relation={each} may={may} />
        ))}
      </ul>
    </section>
  );
}

function Line({ contact, relation, may }: { contact: Contact; relation: Relation; may: boolean }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const text = useProblemText();
  const client = useQueryClient();
  const name = relation.contact.name || t('inbox.unknownContact');
  const end = useMutation({
    mutationFn: () =>
      body(api.DELETE('/contacts/{id}/relations/{relation}', { params: { path: { id: contact.id, relation: relation.id } } })),
    onSuccess: (fresh) => {
      client.setQueryData(contactQuery(contact.id).queryKey, fresh);
      void client.invalidateQueries({ queryKey: [relationsQuery('').queryKey[0]] });
      toast(t('contact.unrelated', { name }));
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
  const until = relation.valid_until;
  const over = until !== undefined && until < today();
  return (
    <li className={style.address} data-over={over}>
      <span className={style.value}>
        {t(`contact.role.${relation.role}`, { name })}
        {(until ?? relation.note) && (
          <small>
            {[until && t(over ? 'contact.wasUntil' : 'contact.until', { date: moments.date(until, now) }), relation.note]
              .filter(Boolean)
              .join(' · ')}
          </small>
        )}
      </span>
      {may && (
        <IconButton small icon="close" label={t('contact.unrelate', { name })} disabled={end.isPending} onClick={() => end.mutate()} />
      )}
    </li>
  );
}

/** Adds a relation to a contact. */
export function RelationDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [other, setOther] = useState<FoundContact>();
  const [tried, setTried] = useState(false);
  const [typed, setTyped] = useState<Pick<RelationInput, 'role' | 'note' | 'valid_until'>>({ role: 'delegate_of' });
  const { save, problem } = useChange(
    contact.id,
    () =>
      body(
        api.POST('/contacts/{id}/relations', {
          params: { path: { id: contact.id } },
          body: { version: contact.version, contact_id: other?.id ?? '', ...typed },
        }),
      ),
    () => {
      void client.invalidateQueries({ queryKey: [relationsQuery('').queryKey[0]] });
      onClose();
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (other) save.mutate();
  };
  const known = hasCode(save.error, 'conflict') ? t('contact.relationKnown') : undefined;
  return (
    <Dialog title={t('contact.relate')} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        <SelectField
          label={t('contact.isWhat', { name: contact.name })}
          value={typed.role}
          onChange={(event) => setTyped({ ...typed, role: event.target.value as Relation['role'] })}
        >
          {roles.map((each) => (
            <option key={each} value={each}>
              {t(`contact.roleOption.${each}`)}
            </option>
          ))}
        </SelectField>
        <ContactSearch
          label={t('contact.other')}
          hint={t('contact.otherHint')}
          error={tried && !other ? t('contact.otherMissing') : (known ?? fieldText(save.error, 'contact_id'))}
          except={contact.id}
          text={text}
          onText={(now) => {
            setText(now);
            setOther(undefined);
          }}
          onPick={(picked) => {
            setOther(picked);
            setText(picked.name);
          }}
        />
        <TextField
          label={t('contact.validUntil')}
          hint={t('contact.validHint')}
          type="date"
          min={today()}
          value={typed.valid_until ?? ''}
          error={fieldText(save.error, 'valid_until')}
          onChange={(event) => {
            const { valid_until: _, ...rest } = typed;
            setTyped(event.target.value ? { ...rest, valid_until: event.target.value } : rest);
          }}
        />
        <TextField
          label={t('contact.relationNote')}
          maxLength={200}
          autoComplete="off"
          value={typed.note ?? ''}
          onChange={(event) => setTyped({ ...typed, note: event.target.value })}
        />
        {problem && !known && <Refusal>{problem}</Refusal>}
        <Button look="primary" type="submit" disabled={save.isPending}>
          {t('contact.save')}
        </Button>
      </form>
    </Dialog>
  );
}
