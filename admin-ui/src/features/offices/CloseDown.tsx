import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { OfficeDetail } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { overviewQuery, useCloseDown, useOffice } from './offices';
import style from './OfficePage.module.css';

/** Closes an office down or opens it again. */
export function CloseDown({ office }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { activate } = useOffice(office.entry.id);
  const [asking, setAsking] = useState(false);
  const held = office.entry.open_tickets;
  const again = () =>
    activate.mutate(office.version, {
      onSuccess: () => toast(t('offices.activated')),
      onError: (error) => toast(hasCode(error, 'stale') ? t('offices.stale') : text(error), { tone: 'danger' }),
    });
  return (
    <>
      <p>{t(office.entry.active ? 'offices.endingLead' : 'offices.endedLead')}</p>
      {held === undefined && <p>{t('error.confidential_office')}</p>}
      {!office.entry.active && (
        <Button disabled={activate.isPending} onClick={again}>
          {t('offices.activate')}
        </Button>
      )}
      {held !== undefined && (office.entry.active || held > 0) && (
        <Button look="danger" onClick={() => setAsking(true)}>
          {office.entry.active ? t('offices.closeDown') : t('offices.moveRest', { count: held })}
        </Button>
      )}
      {asking && <Ask office={office} held={held ?? 0} onClose={() => setAsking(false)} />}
    </>
  );
}

function Ask({ office, held, onClose }: { office: OfficeDetail; held: number; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const others = useQuery(overviewQuery).data?.items.filter((each) => each.active && each.id !== office.entry.id) ?? [];
  const [successor, setSuccessor] = useState(office.entry.fallback?.id ?? '');
  const [moved, setMoved] = useState(0);
  const [tried, setTried] = useState(false);
  const close = useCloseDown(office.entry.id, setMoved);
  const chosen = others.find((each) => each.id === successor);
  const leaks = office.entry.confidential && chosen && !chosen.confidential;
  const go = () => {
    setTried(true);
    if (!chosen) return;
    close.mutate(
      { version: office.version, successor, move: true },
      {
        onSuccess: (done) => {
          if (done.left > 0) return toast(t('offices.someLeft', { count: done.left }), { tone: 'danger' });
          toast(t('offices.closedDownNow', { name: office.entry.name, count: moved }));
          onClose();
        },
      },
    );
  };
  const { error } = close;
  return (
    <Dialog
      title={t('offices.closeDownOf', { name: office.entry.name })}
      onClose={onClose}
      firm={close.isPending}
      actions={
        <>
          <Button disabled={close.isPending} onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button look="danger" disabled={close.isPending} onClick={go}>
            {t('offices.closeDown')}
          </Button>
        </>
      }
    >
      <div className={style.form}>
        {error && <p role="alert">{hasCode(error, 'stale') ? t('offices.stale') : (fieldText(error, 'move_tickets') ?? text(error))}</p>}
        <p>{held > 0 ? t('offices.closeDownHeld', { count: held }) : t('offices.closeDownEmpty')}</p>
        <SelectField
          label={t('offices.successor')}
          hint={leaks ? t('offices.fallbackOpen', { name: chosen.name }) : t('offices.successorHint')}
          value={successor}
          onChange={(event) => setSuccessor(event.target.value)}
          error={fieldText(error, 'successor_id') ?? (tried && !chosen ? t('error.field.required') : undefined)}
        >
          <option value="">{t('offices.choose')}</option>
          {others.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
        {close.isPending && held > 0 && <p role="status">{t('offices.moving', { moved, held })}</p>}
      </div>
    </Dialog>
  );
}
