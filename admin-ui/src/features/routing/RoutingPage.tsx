import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { Routing, RoutingRule } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { useStore } from '@/app/store';
import { announce } from '@/design/announce';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Page, PageHead } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { Handouts } from '@/features/distribution/Handouts';
import { useMoments } from '@/i18n/words';
import { draft, routingQuery, useRouting } from './routing';
import { RoutingLog } from './RoutingLog';
import style from './RoutingPage.module.css';
import { faultsOf, moved } from './rules';
import { RuleDialog } from './RuleDialog';
import { RuleRow } from './RuleRow';
import { Trial } from './Trial';

/** "Smistamento": the rules by which new requests find their office. */
export function RoutingPage() {
  const { t } = useTranslation();
  const query = useQuery(routingQuery);
  useTitle(t('routing.title'));
  return (
    <Page>
      {query.isPending && <Skeleton rows={6} label={t('loading')} />}
      {!query.data && query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <Rules current={query.data} />}
    </Page>
  );
}

function Rules({ current }: { current: Routing }) {
  const { t } = useTranslation();
  const changed = useStore(draft);
  const { attempt, save } = useRouting();
  const [open, setOpen] = useState<number>();
  const [dragged, setDragged] = useState<number>();
  const rules = changed?.rules ?? current.rules;
  const put = (next: readonly RoutingRule[]) => {
    draft.set({ version: changed?.version ?? current.version, rules: next });
    attempt.reset();
    save.reset();
  };
  const move = (from: number, to: number) => {
    if (from === to || to < 0 || to >= rules.length) return;
    put(moved(rules, from, to));
    announce(t('routing.movedTo', { place: to + 1 }));
  };
  const error = save.error ?? attempt.error;
  return (
    <>
      <Header current={current} onNew={() => setOpen(rules.length)} />
      {rules.length === 0 ? (
        <Blank quiet title={t('routing.none')} body={t('routing.noneBody')} />
      ) : (
        <ol className={style.rules}>
          {rules.map((rule, index) => (
            <RuleRow
              key={rule.id ?? `${index}-${rule.name}`}
              rule={rule}
              place={index}
              last={rules.length - 1}
              tally={attempt.data?.tallies[index]}
              faults={faultsOf(error, index)}
              dragged={dragged === index}
              onDrag={setDragged}
              onDrop={() => dragged !== undefined && move(dragged, index)}
              onMove={(to) => move(index, to)}
              onOpen={() => setOpen(index)}
              onChange={(next) => put(rules.map((each, at) => (at === index ? next : each)))}
              onRemove={() => put(rules.filter((_, at) => at !== index))}
            />
          ))}
          <li className={style.otherwise}>{t('routing.otherwise')}</li>
        </ol>
      )}
      <Foot
        dirty={changed !== undefined}
        trying={attempt.isPending}
        saving={save.isPending}
        error={error}
        empty={rules.length === 0}
        onTry={() => attempt.mutate(rules)}
        onSave={() => changed && save.mutate(changed, { onSuccess: () => toast(t('routing.saved')) })}
        onDrop={() => {
          draft.set(undefined);
          attempt.reset();
          save.reset();
        }}
      />
      {attempt.data && <Trial trial={attempt.data} rules={rules} />}
      <RoutingLog />
      <Handouts />
      {open !== undefined && (
        <RuleDialog
          rule={rules[open]}
          forms={current.forms}
          faults={faultsOf(error, open)}
          onClose={() => setOpen(undefined)}
          onDone={(rule) => {
            put(open < rules.length ? rules.map((each, at) => (at === open ? rule : each)) : [...rules, rule]);
            setOpen(undefined);
          }}
        />
      )}
    </>
  );
}

function Header({ current, onNew }: { current: Routing; onNew: () => void }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  return (
    <PageHead
      title={t('routing.title')}
      lead={[
        t('routing.lead'),
        current.changed_at &&
          current.changed_by &&
          t('routing.changed', { name: current.changed_by, time: moments.date(current.changed_at, now) }),
      ]
        .filter(Boolean)
        .join(' ')}
      acts={
        <Button look="primary" icon="plus" onClick={onNew}>
          {t('routing.new')}
        </Button>
      }
    />
  );
}

interface FootProps {
  dirty: boolean;
  trying: boolean;
  saving: boolean;
  empty: boolean;
  error: unknown;
  onTry: () => void;
  onSave: () => void;
  onDrop: () => void;
}

/** What can be done with the list as it stands; it stays in sight while the list is long. */
function Foot({ dirty, trying, saving, empty, error, onTry, onSave, onDrop }: FootProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const query = useQuery({ ...routingQuery, enabled: false });
  const overtaken = hasCode(error, 'conflict');
  return (
    <div className={style.foot} data-dirty={dirty}>
      <p aria-live="polite">{dirty ? t('routing.dirty') : t('routing.clean')}</p>
      {Boolean(error) && <p role="alert">{overtaken ? t('routing.overtaken') : text(error)}</p>}
      <div className={style.acts}>
        {overtaken && (
          <Button icon="refresh" onClick={() => void query.refetch().then(onDrop)}>
            {t('routing.reload')}
          </Button>
        )}
        <Button icon="play" disabled={trying || empty} onClick={onTry}>
          {trying ? t('routing.trying') : t('routing.try')}
        </Button>
        {dirty && (
          <>
            <Button onClick={onDrop}>{t('routing.drop')}</Button>
            <Button look="primary" disabled={saving} onClick={onSave}>
              {t('routing.save')}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
