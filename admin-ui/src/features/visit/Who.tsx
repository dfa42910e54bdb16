import { useEffect, useRef, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useFieldText } from '@/api/wording';
import type { FoundContact } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Combobox } from '@/design/Combobox';
import { TextField } from '@/design/Field';
import { Icon } from '@/design/Icon';
import { useFound } from '@/features/contact/ContactSearch';
import { personOf, type Draft, type Person } from './draft';
import style from './Visit.module.css';

interface Props {
  draft: Draft;
  wrong: string | undefined;
  error: unknown;
  field: Ref<HTMLInputElement>;
  onChange: (some: Partial<Draft>) => void;
  /** Somebody was picked: on to what it is about. */
  onPicked: () => void;
}

type Option = FoundContact | 'new' | 'anonymous';

const nobody = { contact: undefined, person: undefined, anonymous: false };

/** Who it was: somebody known, a new person, or nobody in particular. */
export function Who({ draft, wrong, error, field, onChange, onPicked }: Props) {
  const { t } = useTranslation();
  const found = useFound(draft.sought.trim());
  if (draft.contact || draft.anonymous) {
    const name = draft.contact ? draft.contact.name || t('inbox.unknownContact') : t('visit.anonymous');
    return (
      <Chosen
        label={t('visit.who')}
        name={name}
        about={[draft.contact?.fiscal_code, draft.contact?.address]}
        onUndo={() => onChange({ ...nobody, sought: '' })}
      />
    );
  }
  if (draft.person) return <NewPerson person={draft.person} error={error} onChange={onChange} onPicked={onPicked} />;
  const typed = draft.sought.trim();
  const options: Option[] = typed ? [...found, 'new'] : ['anonymous'];
  const pick = (option: Option) => {
    if (option === 'new') {
      onChange({ ...nobody, person: personOf(typed), sought: '' });
      return;
    }
    onChange(option === 'anonymous' ? { ...nobody, anonymous: true } : { ...nobody, contact: option, sought: '' });
    onPicked();
  };
  return (
    <Combobox
      inputRef={field}
      label={t('visit.who')}
      results={t('contact.found')}
      placeholder={t('visit.whoHint')}
      error={wrong}
      text={draft.sought}
      onText={(sought) => onChange({ sought })}
      found={options}
      keyOf={(option) => (typeof option === 'string' ? option : option.id)}
      onPick={pick}
    >
      {(option) =>
        option === 'anonymous' ? (
          <span>{t('visit.anonymous')}</span>
        ) : option === 'new' ? (
          <span className={style.fresh}>
            <Icon name="plus" size={13} /> {t('visit.newPerson', { typed })}
          </span>
        ) : (
          <>
            <span>{option.name || t('inbox.unknownContact')}</span>
            <small>{[option.fiscal_code, option.address].filter(Boolean).join(' · ')}</small>
          </>
        )
      }
    </Combobox>
  );
}

function Chosen({ label, name, about, onUndo }: { label: string; name: string; about: (string | undefined)[]; onUndo: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={style.chosen} role="group" aria-label={label}>
      <span className={style.label}>{label}</span>
      <p>
        <strong>{name}</strong>
        <small>{about.filter(Boolean).join(' · ')}</small>
        <Button small look="quiet" onClick={onUndo}>
          {t('visit.change')}
        </Button>
      </p>
    </div>
  );
}

interface NewPersonProps extends Pick<Props, 'error' | 'onChange' | 'onPicked'> {
  person: Person;
}

/** A person to be written down; whose number or code is known already is offered instead. */
function NewPerson({ person, error, onChange, onPicked }: NewPersonProps) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const set = (some: Partial<Person>) => onChange({ person: { ...person, ...some } });
  const known = error instanceof Problem && error.fields.some((each) => each.code === 'known');
  const takes = (name: 'name' | 'phone' | 'email' | 'fiscal_code') => ({
    value: person[name],
    error: fieldText(error, `person.${name}`),
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value, known: undefined }),
  });
  const blankFirst = person.name === '' ? 'name' : 'phone';
  return (
    <fieldset className={style.person}>
      <legend>{t('visit.person')}</legend>
      <div className={style.pair}>
        <TextField
          label={t('visit.name')}
          maxLength={200}
          autoComplete="off"
          {...takes('name')}
          {...(blankFirst === 'name' && { ref: first })}
        />
        <TextField
          label={t('visit.phone')}
          type="tel"
          maxLength={50}
          autoComplete="off"
          {...takes('phone')}
          {...(blankFirst === 'phone' && { ref: first })}
        />
        <TextField label={t('visit.email')} type="email" maxLength={320} autoComplete="off" {...takes('email')} />
        <TextField label={t('visit.fiscalCode')} maxLength={30} autoComplete="off" {...takes('fiscal_code')} />
      </div>
      <Known
        person={person}
        onUse={(contact) => {
          onChange({ ...nobody, contact });
          onPicked();
        }}
      />
      {known && (
        <p className={style.known}>
          <Button small onClick={() => set({ known: 'same' })} aria-pressed={person.known === 'same'}>
            {t('visit.same')}
          </Button>
          <Button small onClick={() => set({ known: 'other' })} aria-pressed={person.known === 'other'}>
            {t('visit.other')}
          </Button>
        </p>
      )}
      <Button small look="quiet" onClick={() => onChange({ ...nobody, sought: '' })}>
        {t('visit.seek')}
      </Button>
    </fieldset>
  );
}

/** Contacts that have what was just typed. */
function Known({ person, onUse }: { person: Person; onUse: (contact: FoundContact) => void }) {
  const { t } = useTranslation();
  const byPhone = useFound(person.phone.trim());
  const byMail = useFound(person.email.trim());
  const byCode = useFound(person.fiscal_code.trim());
  const all = [...new Map([...byCode, ...byPhone, ...byMail].map((each) => [each.id, each])).values()];
  if (all.length === 0) return null;
  return (
    <ul className={style.matches}>
      {all.slice(0, 3).map((each) => (
        <li key={each.id}>
          {t('visit.knownAs', { name: each.name || t('inbox.unknownContact') })}
          <Button small onClick={() => onUse(each)}>
            {t('visit.use')}
          </Button>
        </li>
      ))}
    </ul>
  );
}
