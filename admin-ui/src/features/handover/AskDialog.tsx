import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewAsk, Ticket } from '@/api/schema.gen';
import { Problem } from '@/api/problem';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { CheckField, SelectField, TextArea } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { officesQuery } from '@/features/ticket/tickets';
import { useAsk } from './asks';
import { DueFields } from './DueFields';
import { useKept } from './useKept';
import { Whom } from './Whom';
import style from './Asks.module.css';

/** Asks another office about the open ticket; the ticket stays where it is. */
export function AskDialog({ ticket, onOther, onClose }: { ticket: Ticket; onOther: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const fieldText = useFieldText();
  const offices = (useQuery(officesQuery).data ?? []).filter((each) => each.id !== ticket.office.id);
  const [office, setOffice] = useState('');
  const [text, write, forget] = useKept(`ask.${ticket.number}`);
  const [due, setDue] = useState<string>('2');
  const [day, setDay] = useState('');
  const [wait, setWait] = useState(false);
  const [tried, setTried] = useState(false);
  const [key] = useState(() => crypto.randomUUID());
  const name = offices.find((each) => each.id === office)?.name ?? '';
  const stand = offices.find((each) => each.id === office)?.received_by;
  const ask = useAsk(ticket, (fresh) => {
    forget();
    const real = fresh.asks.find(
      (each) => each.state === 'open' && each.office && each.office.id !== office && each.office.id === stand?.id,
    )?.office?.name;
    toast(real ? t('ask.sentFor', { office: name, real }) : t('ask.sent', { office: name }));
    onClose();
  });
  const missing = (value: string) => (tried && value.trim() === '' ? t('error.field.required') : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (office === '' || text.trim() === '' || (due === 'day' && day === '')) return;
    const body: NewAsk = {
      office_id: office,
      text,
      ...(due === 'day' ? { due_on: day } : { due_days: Number(due) }),
      ...(wait && { wait }),
    };
    ask.mutate({ ask: body, key });
  };
  const elsewhere = ask.error instanceof Problem && ask.error.fields.length > 0 ? undefined : ask.error;
  return (
    <Dialog title={t('ask.title')} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        <Whom asked="office" onOther={onOther} />
        <p>{t('ask.lead', { office: ticket.office.name })}</p>
        <SelectField
          label={t('ask.office')}
          value={office}
          error={missing(office) ?? fieldText(ask.error, 'office_id')}
          onChange={(event) => setOffice(event.target.value)}
        >
          <option value="">{t('ask.pick')}</option>
          {offices.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
        {stand && <p>{t('standIn', { office: name, real: stand.name })}</p>}
        <TextArea
          label={t('ask.text')}
          rows={5}
          maxLength={10_000}
          value={text}
          error={missing(text) ?? fieldText(ask.error, 'text')}
          onChange={(event) => write(event.target.value)}
        />
        <DueFields
          due={due}
          day={day}
          hint={t('ask.dueHint')}
          error={missing(day) ?? fieldText(ask.error, 'due_on')}
          onDue={setDue}
          onDay={setDay}
        />
        <CheckField label={t('ask.wait')} checked={wait} onChange={(event) => setWait(event.target.checked)} />
        {elsewhere && <Refusal>{problemText(elsewhere)}</Refusal>}
        <Button look="primary" type="submit" disabled={ask.isPending}>
          {t('ask.submit')}
        </Button>
      </form>
    </Dialog>
  );
}
