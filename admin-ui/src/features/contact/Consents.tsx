import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Consent, ConsentInput, Contact } from '@/api/schema.gen';
import { useFieldText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextArea, TextField } from '@/design/Field';
import { Icon } from '@/design/Icon';
import { Refusal } from '@/design/Refusal';
import { useMoments } from '@/i18n/words';
import { consentsQuery, today } from './contacts';
import { useChange } from './useChange';
import style from './Facts.module.css';

const categories = ['notices', 'events', 'surveys'] as const;
const sources: ConsentInput['source'][] = ['counter', 'phone', 'paper', 'message', 'office'];

/** What the contact said about being written to of the town's own accord. */
export function Consents({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const of = (category: Consent['category']) => contact.consents.find((each) => each.category === category);
  const wordOf = (category: Consent['category']) => {
    const said = of(category);
    return said ? word(said) : 'none';
  };
  const all = of('any');
  if (contact.consents.length === 0) return null;
  return (
    <section aria-label={t('contact.consents')} className={style.merged}>
      {all && !all.given ? (
        <p className={style.refused}>
          <Icon name="warn" size={14} /> {t('contact.doNotContact')}
          <small>
            <How said={all} />
          </small>
        </p>
      ) : (
        contact.consents.some((each) => each.category !== 'any') && (
          <>
            <h3>{t('contact.consents')}</h3>
            <p>{categories.map((each) => `${t(`contact.category.${each}`)}: ${t(`contact.word.${wordOf(each)}`)}`).join(' · ')}</p>
          </>
        )
      )}
    </section>
  );
}

const word = (said: Consent) => (said.given ? 'yes' : 'no');

/** How and when something was said, and who noted it. */
function How({ said }: { said: Consent }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  return (
    <>
      {[
        t(`contact.source.${said.source}`),
        moments.date(said.said_on, now),
        said.recorded_by && t('contact.notedBy', { name: said.recorded_by }),
      ]
        .filter(Boolean)
        .join(' · ')}
    </>
  );
}

/** Notes what the contact said. */
export function ConsentDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const [typed, setTyped] = useState<Omit<ConsentInput, 'version'>>({
    category: 'notices',
    given: true,
    source: 'counter',
    wording: '',
    said_on: today(),
  });
  const { save, problem } = useChange(
    contact.id,
    () => body(api.POST('/contacts/{id}/consents', { params: { path: { id: contact.id } }, body: { version: contact.version, ...typed } })),
    onClose,
  );
  const set = (change: Partial<typeof typed>) => setTyped({ ...typed, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const answer = typed.category === 'any' ? 'contact.answerAny' : 'contact.answer';
  return (
    <Dialog title={t('contact.noteConsent')} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        <p>{t('contact.consentBody')}</p>
        <SelectField
          label={t('contact.about')}
          value={typed.category}
          onChange={(event) => set({ category: event.target.value as ConsentInput['category'], given: event.target.value !== 'any' })}
        >
          {[...categories, 'any' as const].map((each) => (
            <option key={each} value={each}>
              {t(`contact.category.${each}`)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('contact.said')}
          value={typed.given ? 'yes' : 'no'}
          onChange={(event) => set({ given: event.target.value === 'yes' })}
        >
          <option value="yes">{t(`${answer}.yes`)}</option>
          <option value="no">{t(`${answer}.no`)}</option>
        </SelectField>
        <SelectField
          label={t('contact.how')}
          value={typed.source}
          onChange={(event) => set({ source: event.target.value as ConsentInput['source'] })}
        >
          {sources.map((each) => (
            <option key={each} value={each}>
              {t(`contact.source.${each}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t('contact.saidOn')}
          type="date"
          max={today()}
          value={typed.said_on}
          error={fieldText(save.error, 'said_on')}
          onChange={(event) => set({ said_on: event.target.value })}
        />
        <TextArea
          label={t('contact.wording')}
          hint={t('contact.wordingHint')}
          maxLength={1000}
          value={typed.wording ?? ''}
          error={fieldText(save.error, 'wording')}
          onChange={(event) => set({ wording: event.target.value })}
        />
        {problem && <Refusal>{problem}</Refusal>}
        <Button look="primary" type="submit" disabled={save.isPending}>
          {t('contact.save')}
        </Button>
      </form>
      {contact.consents.length > 0 && <History contact={contact.id} />}
    </Dialog>
  );
}

/** Everything that was noted before. */
function History({ contact }: { contact: string }) {
  const { t } = useTranslation();
  const all = useQuery(consentsQuery(contact)).data ?? [];
  return (
    <section className={style.merged}>
      <h3>{t('contact.before')}</h3>
      <ul>
        {all.map((each) => (
          <li key={each.recorded_at}>
            {each.category === 'any'
              ? t(`contact.answerAny.${word(each)}`)
              : `${t(`contact.category.${each.category}`)}: ${t(`contact.word.${word(each)}`)}`}
            <small>
              <How said={each} />
            </small>
            {each.wording && <small>{t('contact.quoted', { text: each.wording })}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
}
