import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { DistributionMode, OfficeDistribution, OfficeHand } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextField } from '@/design/Field';
import { Tag } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { useTownZone } from '@/features/session/town';
import { dayOf } from '@/i18n/format';
import { Absences } from './Absences';
import { distributionQuery, useDay, usePutDistribution, useSetCapacity } from './distribution';
import style from './Distribution.module.css';
import { Preview } from './Preview';

const modes: readonly DistributionMode[] = ['none', 'next', 'automatic'];

/** How an office's requests find who works on them, and who is there. */
export function Distribution({ office }: { office: string }) {
  const { t } = useTranslation();
  const query = useQuery(distributionQuery(office));
  if (query.isError) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton rows={4} label={t('loading')} />;
  return (
    <>
      <Form office={office} current={query.data} />
      <Hands of={query.data} />
      <Preview office={office} automatic={query.data.mode === 'automatic'} />
    </>
  );
}

/** What is typed stays when a colleague was faster: the next attempt is made on what is there now. */
function Form({ office, current }: { office: string; current: OfficeDistribution }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const put = usePutDistribution(office);
  const [seen, setSeen] = useState(current.version);
  const latest = useQuery({ ...distributionQuery(office), enabled: false });
  const [mode, setMode] = useState(current.mode);
  const [capacity, setCapacity] = useState(current.capacity?.toString() ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(
      { version: seen, mode, ...(capacity.trim() && { capacity: Number(capacity) }) },
      {
        onSuccess: ({ version }) => {
          setSeen(version);
          toast(t('distribution.saved'));
        },
        onError: (error) => {
          if (hasCode(error, 'stale')) void latest.refetch().then(({ data }) => data && setSeen(data.version));
        },
      },
    );
  };
  const { error } = put;
  return (
    <form className={style.form} onSubmit={submit} noValidate aria-label={t('distribution.title')}>
      {error && <p role="alert">{hasCode(error, 'stale') ? t('distribution.stale') : text(error)}</p>}
      <SelectField
        label={t('distribution.mode')}
        hint={t(`distribution.hint.${mode}`)}
        value={mode}
        onChange={(event) => setMode(modes.find((each) => each === event.target.value) ?? 'next')}
      >
        {modes.map((each) => (
          <option key={each} value={each}>
            {t(`distribution.modes.${each}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('distribution.capacity')}
        hint={t('distribution.capacityHint')}
        type="number"
        min={1}
        max={500}
        value={capacity}
        error={fieldText(error, 'capacity')}
        onChange={(event) => setCapacity(event.target.value)}
      />
      <Button type="submit" disabled={put.isPending}>
        {t('save')}
      </Button>
    </form>
  );
}

function Hands({ of }: { of: OfficeDistribution }) {
  const { t } = useTranslation();
  const day = useDay();
  const today = dayOf(useMinute(), useTownZone());
  const [open, setOpen] = useState<OfficeHand>();
  if (of.members.length === 0) return <p>{t('offices.nobody')}</p>;
  return (
    <>
      <ul className={style.list} aria-label={t('distribution.people')}>
        {of.members.map((each) => {
          const next = each.absences[0];
          return (
            <li key={each.id}>
              <span>
                {each.name}{' '}
                {next && (
                  <Tag {...(next.from <= today && { tone: 'note' as const })}>
                    {next.from <= today
                      ? t('absence.until', { day: day(next.to) })
                      : t('absence.days', { from: day(next.from), to: day(next.to) })}
                  </Tag>
                )}
                <small>
                  {t(`settings.role.${each.role}`)}
                  {each.capacity !== undefined && ` · ${t('distribution.own', { count: each.capacity })}`}
                </small>
              </span>
              <Button small aria-label={t('distribution.openOf', { name: each.name })} onClick={() => setOpen(each)}>
                {t('distribution.open')}
              </Button>
            </li>
          );
        })}
      </ul>
      {open && <HandDialog hand={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function HandDialog({ hand, onClose }: { hand: OfficeHand; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const set = useSetCapacity(hand.id);
  const [capacity, setCapacity] = useState(hand.capacity?.toString() ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate(capacity.trim() ? Number(capacity) : undefined, { onSuccess: () => toast(t('distribution.saved')) });
  };
  return (
    <Dialog title={hand.name} onClose={onClose}>
      <form className={style.form} onSubmit={submit} noValidate>
        <TextField
          label={t('distribution.ownCapacity')}
          hint={t('distribution.ownHint')}
          type="number"
          min={1}
          max={500}
          value={capacity}
          error={fieldText(set.error, 'capacity') ?? (set.error ? text(set.error) : undefined)}
          onChange={(event) => setCapacity(event.target.value)}
        />
        <Button type="submit" disabled={set.isPending}>
          {t('save')}
        </Button>
      </form>
      <h3 className={style.part}>{t('absence.title')}</h3>
      <Absences operator={hand.id} />
    </Dialog>
  );
}
