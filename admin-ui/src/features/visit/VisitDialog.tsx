import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type FormEvent, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextArea } from '@/design/Field';
import { Keys } from '@/design/Marks';
import { Refusal } from '@/design/Refusal';
import { printed } from '@/features/command/keymap';
import { offeredTypesQuery, useTypeName } from '@/features/standing/standing';
import { begun, missing } from './draft';
import { Outcome } from './Outcome';
import { Recorded } from './Recorded';
import { Segments } from './Segments';
import { useVisit } from './useVisit';
import { Who } from './Who';
import style from './Visit.module.css';

/** Records a visit or a call as a ticket. Ctrl+Enter saves from every field. */
export function VisitDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const problemText = useProblemText();
  const { draft, offices, workable, change, clear, save, record, restored } = useVisit();
  const [tried, setTried] = useState(false);
  const who = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const recorded = save.data;
  const seeking = !draft.contact && !draft.person && !draft.anonymous && !recorded;
  const opened = useRef(false);
  useEffect(() => {
    // When somebody is picked or written down, Who says where to go on.
    if (seeking || !opened.current) (who.current ?? text.current)?.focus();
    opened.current = true;
  }, [seeking]);
  const lacks = missing(draft);
  const wrong = (field: (typeof lacks)[number]) => (tried && lacks.includes(field) ? t(`visit.missing.${field}`) : undefined);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setTried(true);
    if (lacks.length === 0 && !save.isPending) record();
  };
  useSaveKey(recorded ? undefined : submit);
  if (recorded) {
    const again = () => {
      setTried(false);
      save.reset();
    };
    return (
      <Dialog title={t('visit.savedTitle')} width="wide" onClose={onClose}>
        <Recorded recorded={recorded} onAgain={again} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('visit.title')}
      width="wide"
      onClose={onClose}
      actions={
        <>
          {begun(draft) && (
            <Button look="quiet" onClick={clear}>
              {t('visit.discard')}
            </Button>
          )}
          <Button onClick={onClose}>{t('visit.later')}</Button>
          <Button look="primary" type="submit" form={form} aria-busy={save.isPending}>
            {save.isPending ? t('visit.saving') : t('visit.save')} <Keys>{printed('Ctrl+Enter')}</Keys>
          </Button>
        </>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        {restored && <p className={style.restored}>{t('visit.restored')}</p>}
        <Fields {...{ draft, offices, workable, change, wrong, who, text }} error={save.error} />
        {save.error && (
          <Refusal>{save.error instanceof Problem && save.error.fields.length > 0 ? t('error.invalid') : problemText(save.error)}</Refusal>
        )}
      </form>
    </Dialog>
  );
}

/** Ctrl+Enter, wherever in the dialog the focus is. */
function useSaveKey(save: (() => void) | undefined) {
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (!save || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      save();
    };
    document.addEventListener('keydown', keys);
    return () => document.removeEventListener('keydown', keys);
  }, [save]);
}

interface FieldsProps extends Pick<ReturnType<typeof useVisit>, 'draft' | 'offices' | 'workable' | 'change'> {
  error: unknown;
  wrong: (field: 'who' | 'text' | 'to' | 'whom') => string | undefined;
  who: RefObject<HTMLInputElement | null>;
  text: RefObject<HTMLTextAreaElement | null>;
}

function Fields({ draft, offices, workable, change, error, wrong, who, text }: FieldsProps) {
  const { t } = useTranslation();
  const fieldText = useFieldText();
  const types = useQuery(offeredTypesQuery).data ?? [];
  const typeName = useTypeName();
  return (
    <>
      <Segments
        legend={t('visit.way')}
        name="way"
        value={draft.way}
        options={(['counter', 'telephony'] as const).map((value) => ({ value, label: t(`visit.ways.${value}`) }))}
        onChange={(way) => change({ way })}
      />
      <Who
        draft={draft}
        wrong={wrong('who') ?? fieldText(error, 'contact_id')}
        error={error}
        field={who}
        onChange={change}
        onPicked={() => text.current?.focus()}
      />
      <TextArea
        ref={text}
        label={t('visit.text')}
        hint={t('visit.textHint')}
        rows={3}
        maxLength={100_000}
        value={draft.text}
        error={wrong('text') ?? fieldText(error, 'text')}
        onChange={(event) => change({ text: event.target.value })}
      />
      <Outcome draft={draft} offices={offices} error={error} wrong={wrong} onChange={change} />
      <div className={style.pair}>
        <SelectField
          label={t('visit.type')}
          value={draft.type}
          error={fieldText(error, 'type')}
          onChange={(event) => change({ type: event.target.value })}
        >
          <option value="">{t('visit.noType')}</option>
          {types.map((each) => (
            <option key={each.code} value={each.code}>
              {typeName(each.code)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('visit.office')}
          value={draft.office}
          error={fieldText(error, 'office_id')}
          onChange={(event) => change({ office: event.target.value })}
        >
          {[...workable]
            .sort((a, b) => Number(b.mine) - Number(a.mine))
            .map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
        </SelectField>
      </div>
    </>
  );
}
