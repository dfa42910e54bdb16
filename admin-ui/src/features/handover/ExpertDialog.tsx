import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewExpertAsk, Ticket } from '@/api/schema.gen';
import { Problem } from '@/api/problem';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { CheckField, TextArea, TextField } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { useLanguage } from '@/i18n/words';
import { Along, type Chosen } from './Along';
import { DueFields } from './DueFields';
import { ExpertLetter } from './ExpertLetter';
import { expertsQuery, useAskExpert } from './experts';
import { useKept } from './useKept';
import { Whom } from './Whom';
import style from './Asks.module.css';

/** Asks somebody outside the town about the open ticket, by e-mail. */
export function ExpertDialog({ ticket, onOther, onClose }: { ticket: Ticket; onOther: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const fieldText = useFieldText();
  const language = useLanguage();
  const known = useQuery(expertsQuery).data ?? [];
  const list = useId();
  const form = useRef<HTMLFormElement>(null);
  // A dialog of the browser's begins at its closing cross.
  useEffect(() => form.current?.querySelector<HTMLInputElement>('input[type=email]')?.focus(), []);
  const [address, setAddress] = useState('');
  const [name, setName] = useState('');
  const [subject, setSubject] = useState('');
  const [text, write, forget] = useKept(`expert.${ticket.number}`);
  const [along, setAlong] = useState<Chosen>({ messages: [], files: [] });
  const [personal, setPersonal] = useState(false);
  const [due, setDue] = useState('5');
  const [day, setDay] = useState('');
  const [wait, setWait] = useState(false);
  const [tried, setTried] = useState(false);
  const [key] = useState(() => crypto.randomUUID());
  const ask = useAskExpert(ticket, () => {
    forget();
    toast(t('expert.sent', { office: name.trim() || address.trim() }));
    onClose();
  });
  const missing = (value: string) => (tried && value.trim() === '' ? t('error.field.required') : undefined);
  const ready = address.trim() !== '' && text.trim() !== '' && (due !== 'day' || day !== '');
  const wanted: NewExpertAsk = {
    address: address.trim(),
    text,
    messages: along.messages,
    attachments: along.files,
    personal_data: personal,
    language,
    ...(name.trim() && { name: name.trim() }),
    ...(subject.trim() && { subject: subject.trim() }),
    ...(due === 'day' ? { due_on: day } : { due_days: Number(due) }),
    ...(wait && { wait }),
  };
  const chooseAddress = (value: string) => {
    setAddress(value);
    const chosen = known.find((each) => each.address === value);
    if (chosen?.name && name === '') setName(chosen.name);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (ready) ask.mutate({ ask: wanted, key });
  };
  const elsewhere = ask.error instanceof Problem && ask.error.fields.length > 0 ? undefined : ask.error;
  return (
    <Dialog title={t('expert.title')} width="wide" onClose={onClose}>
      <form ref={form} className={style.form} onSubmit={submit} noValidate>
        <Whom asked="expert" onOther={onOther} />
        <p>{t('expert.lead', { office: ticket.office.name })}</p>
        <TextField
          type="email"
          label={t('expert.address')}
          hint={known.length > 0 ? t('expert.addressHint') : undefined}
          list={list}
          autoComplete="off"
          maxLength={254}
          value={address}
          error={missing(address) ?? fieldText(ask.error, 'address')}
          onChange={(event) => chooseAddress(event.target.value)}
        />
        <datalist id={list}>
          {known.map((each) => (
            <option key={each.address} value={each.address}>
              {each.name}
            </option>
          ))}
        </datalist>
        <TextField label={t('expert.name')} maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField
          label={t('expert.subject')}
          hint={t('expert.subjectHint')}
          maxLength={200}
          value={subject}
          error={fieldText(ask.error, 'subject')}
          onChange={(event) => setSubject(event.target.value)}
        />
        <TextArea
          label={t('ask.text')}
          rows={5}
          maxLength={10_000}
          value={text}
          error={missing(text) ?? fieldText(ask.error, 'text')}
          onChange={(event) => write(event.target.value)}
        />
        <Along ticket={ticket} chosen={along} onChoose={setAlong} />
        <CheckField
          label={t('expert.personal')}
          hint={t('expert.personalHint')}
          checked={personal}
          onChange={(event) => setPersonal(event.target.checked)}
        />
        <DueFields
          due={due}
          day={day}
          hint={t('expert.dueHint', { office: ticket.office.name })}
          error={missing(day) ?? fieldText(ask.error, 'due_on')}
          onDue={setDue}
          onDay={setDay}
        />
        <CheckField label={t('ask.wait')} checked={wait} onChange={(event) => setWait(event.target.checked)} />
        <ExpertLetter number={ticket.number} ask={ready ? wanted : undefined} />
        {elsewhere && <Refusal>{problemText(elsewhere)}</Refusal>}
        <Button look="primary" type="submit" disabled={ask.isPending}>
          {t('expert.submit')}
        </Button>
      </form>
    </Dialog>
  );
}
