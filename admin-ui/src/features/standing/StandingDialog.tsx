import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Outcome, Standing, SuspensionBasis } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextArea, TextField } from '@/design/Field';
import { outcomes } from './outcomes';
import { bases, useOutcomeChoices, type Spoken } from './standing';
import style from './StandingDialog.module.css';

interface Props {
  status: Spoken;
  said?: Standing | undefined;
  busy: boolean;
  onSay: (said: Standing) => void;
  onClose: () => void;
}

interface Filled {
  outcome: Outcome | '';
  basis: SuspensionBasis | '';
  who: string;
  note: string;
  day: string;
}

type Missing = 'who' | 'basis' | 'note' | 'until';

/** Asks what is to be said of a status. */
export function StandingDialog({ status, said, busy, onSay, onClose }: Props) {
  const { t } = useTranslation();
  const form = useId();
  const first = useOutcomeChoices()[0]?.value as Outcome;
  const [it, setIt] = useState<Filled>({
    outcome: said?.outcome ?? first,
    basis: said?.basis ?? '',
    who: said?.who ?? '',
    note: said?.note ?? '',
    day: said?.until ? localDay(said.until) : '',
  });
  const [tried, setTried] = useState(false);
  const over = status === 'resolved' || status === 'closed';
  const named = status === 'waiting_third' || (over && it.outcome === 'forwarded');
  const missing = wanting(status, it);
  const error = (field: Missing) => (tried && missing.includes(field) ? t(`standing.missing.${field}`) : undefined);
  const set = (change: Partial<Filled>) => setIt((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (missing.length === 0) onSay(spoken(status, it));
  };
  return (
    <Dialog
      title={t(`standing.title.${status}`)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" form={form} aria-busy={busy}>
            {t(`standing.save.${status}`)}
          </Button>
        </>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        {over && (
          <SelectField
            label={t('standing.field.outcome')}
            value={it.outcome}
            onChange={(event) => set({ outcome: outcomes.find((each) => each === event.target.value) ?? '' })}
          >
            {outcomes.map((each) => (
              <option key={each} value={each}>
                {t(`outcome.${each}`)}
              </option>
            ))}
          </SelectField>
        )}
        {status === 'suspended' && (
          <SelectField
            label={t('standing.field.basis')}
            value={it.basis}
            error={error('basis')}
            hint={it.basis === 'information' && t('standing.limit')}
            onChange={(event) => set({ basis: bases.find((each) => each === event.target.value) ?? '' })}
          >
            <option value="" />
            {bases.map((each) => (
              <option key={each} value={each}>
                {t(`basis.${each}`)}
              </option>
            ))}
          </SelectField>
        )}
        {named && (
          <TextField
            label={t(over ? 'standing.field.to' : 'standing.field.who')}
            hint={!over && t('standing.field.whoHint')}
            maxLength={200}
            value={it.who}
            error={error('who')}
            onChange={(event) => set({ who: event.target.value })}
          />
        )}
        <TextArea
          label={t('standing.field.note')}
          hint={t('standing.field.noteHint')}
          maxLength={1000}
          value={it.note}
          error={error('note')}
          onChange={(event) => set({ note: event.target.value })}
        />
        {!over && (
          <TextField
            type="date"
            label={t('standing.field.until')}
            hint={t('standing.field.untilHint')}
            value={it.day}
            error={error('until')}
            onChange={(event) => set({ day: event.target.value })}
          />
        )}
      </form>
    </Dialog>
  );
}

/** What is still to be filled in. */
function wanting(status: Spoken, it: Filled): Missing[] {
  const missing: Missing[] = [];
  const forwarded = (status === 'resolved' || status === 'closed') && it.outcome === 'forwarded';
  if ((status === 'waiting_third' || forwarded) && it.who.trim() === '') missing.push('who');
  if (status === 'suspended' && it.basis === '') missing.push('basis');
  if (status === 'suspended' && it.basis === 'other' && it.note.trim() === '') missing.push('note');
  if (it.day && !(morning(it.day) > Date.now())) missing.push('until');
  return missing;
}

function spoken(status: Spoken, it: Filled): Standing {
  const over = status === 'resolved' || status === 'closed';
  const who = status === 'waiting_third' || (over && it.outcome === 'forwarded') ? it.who.trim() : '';
  return {
    ...(over && it.outcome && { outcome: it.outcome }),
    ...(status === 'suspended' && it.basis && { basis: it.basis }),
    ...(who && { who }),
    ...(it.note.trim() && { note: it.note.trim() }),
    ...(!over && it.day && { until: new Date(morning(it.day)).toISOString() }),
  };
}

/** What is put aside until a day comes back when the offices open: at eight. */
function morning(day: string): number {
  return new Date(`${day}T08:00`).getTime();
}

function localDay(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
