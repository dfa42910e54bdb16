import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Office, Snooze, Standing, Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import button from '@/design/Button.module.css';
import { Button, IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { TicketNumber } from '@/design/Marks';
import { Picker } from '@/design/Picker';
import { toast } from '@/design/toasts';
import { command, useCommands } from '@/features/command/registry';
import { AsideLine } from '@/features/aside/AsideLine';
import { SnoozeDialog } from '@/features/aside/SnoozeDialog';
import { useTakeBack } from '@/features/aside/useTakeBack';
import { useMe, useMay } from '@/features/session/me';
import { TagsDialog } from '@/features/tags/TagsDialog';
import { TagsLine } from '@/features/tags/TagChip';
import { HeaderDeadline } from '@/features/ticket/Deadline';
import { PriorityPicker, ResolvePicker, TypePicker } from '@/features/standing/HeaderPickers';
import { StandingDialog } from '@/features/standing/StandingDialog';
import { StandingLine } from '@/features/standing/StandingLine';
import { plainOutcome, priorityWord, settable, spoken, type Settable, type Spoken } from '@/features/standing/standing';
import { officesQuery, useUpdateTicket } from '@/features/ticket/tickets';
import { AskDialog } from '@/features/handover/AskDialog';
import { ExpertDialog } from '@/features/handover/ExpertDialog';
import { useAssignees } from '@/features/distribution/distribution';
import { TransferDialog } from '@/features/handover/TransferDialog';
import { useAskCommand } from '@/features/handover/useAskCommand';
import { JoinDialog } from '@/features/ticket/JoinDialog';
import { useJoinCommand } from '@/features/ticket/useJoinCommand';
import type { FactsSwitch } from './useFacts';
import style from './TicketHeader.module.css';

type Opened = 'assign' | 'office' | 'status' | 'type' | 'priority' | 'resolve' | undefined;

const nobody = '';

/** Subject and number of a ticket, and what one does with it. */
export function TicketHeader({ ticket, facts, onBack }: { ticket: Ticket; facts: FactsSwitch; onBack: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay('ticket.update');
  const [opened, setOpened] = useState<Opened>();
  const [saying, setSaying] = useState<Spoken>();
  const act = useActs(ticket);
  const over = ticket.status === 'resolved' || ticket.status === 'closed';
  const [beside, setBeside] = useState<Beside>();
  useHeaderCommands(ticket, act, setOpened, may, facts.toggle);
  useBesideCommands(may, over, setBeside);
  const mayAsk = useMay('ticket.ask') && !over;
  const [asking, setAsking] = useAskCommand(mayAsk);
  const [to, setTo] = useState<Office>();
  const [returning, setReturning] = useState(false);
  const [joining, setJoining] = useJoinCommand();
  const openers = (which: Exclude<Opened, undefined>) => ({
    open: opened === which,
    onOpenChange: (open: boolean) => setOpened(open ? which : undefined),
  });
  return (
    <header className={style.header}>
      <div className={style.first}>
        <IconButton className={style.back} icon="left" label={t('command.back')} shortcut="u" onClick={onBack} />
        <h1 id="ticket-subject">{ticket.subject}</h1>
        <span className={style.acts}>
          {may && ticket.assignee?.id !== me.id && !over && (
            <Button small onClick={act.take}>
              {t('ticket.take')}
            </Button>
          )}
          {may && over && (
            <Button small icon="undo" onClick={act.reopen}>
              {t('ticket.reopen')}
            </Button>
          )}
          {may && !over && (
            <ResolvePicker
              {...openers('resolve')}
              disabled={false}
              className={`${button.button} ${button.plain} ${button.small}`}
              onPick={(value) => {
                const said = plainOutcome(value);
                if (said) act.say('resolved', said);
                else setSaying('resolved');
              }}
            />
          )}
          <IconButton
            small
            icon="panel"
            label={facts.shown ? t('ticket.hideFacts') : t('ticket.showFacts')}
            shortcut="i"
            aria-pressed={facts.shown}
            onClick={facts.toggle}
          />
        </span>
      </div>
      <div className={style.second}>
        <button type="button" className={style.number} onClick={act.copy} title={`${t('ticket.copyNumber')} (c)`}>
          <span className="visually-hidden">{t('ticket.copyNumber')} </span>
          <TicketNumber value={ticket.number} />
          <Icon name="copy" size={13} />
        </button>
        <StatusPicker ticket={ticket} act={act} disabled={!may} onSay={setSaying} {...openers('status')} />
        <OfficePicker ticket={ticket} disabled={!may} {...openers('office')} onHandOver={setTo} />
        <AssigneePicker ticket={ticket} act={act} disabled={!may} {...openers('assign')} />
        <TypePicker ticket={ticket} className={style.pick} disabled={!may} onPick={act.type} {...openers('type')} />
        <PriorityPicker ticket={ticket} className={style.pick} disabled={!may} onPick={act.priority} {...openers('priority')} />
        {may && (
          <button type="button" className={style.pick} onClick={() => setBeside('tags')}>
            <Icon name="tag" size={13} />
            {t('tags.open')}
          </button>
        )}
        {may && !over && !ticket.snoozed_until && (
          <button type="button" className={style.pick} onClick={() => setBeside('snooze')}>
            <Icon name="moon" size={13} />
            {t('aside.open')}
          </button>
        )}
        {may && ticket.transfer && (
          <button type="button" className={style.pick} onClick={() => setReturning(true)}>
            <Icon name="undo" size={13} />
            {t('transfer.return', { office: ticket.transfer.from.name })}
          </button>
        )}
        {mayAsk && (
          <button type="button" className={style.pick} onClick={() => setAsking('office')}>
            <Icon name="quote" size={13} />
            {t('ask.title')}
          </button>
        )}
        <HeaderDeadline ticket={ticket} />
      </div>
      <TagsLine ids={ticket.tags} />
      <AsideLine ticket={ticket} onWake={may ? act.wake : undefined} />
      {beside === 'tags' && <TagsDialog ticket={ticket} onClose={() => setBeside(undefined)} />}
      {beside === 'snooze' && (
        <SnoozeDialog
          count={1}
          working={ticket.next_working_day}
          due={ticket.clocks?.due_at}
          busy={act.busy}
          onClose={() => setBeside(undefined)}
          onSnooze={(snooze) => act.snooze(snooze, () => setBeside(undefined))}
        />
      )}
      {to && <TransferDialog ticket={ticket} to={to} onClose={() => setTo(undefined)} />}
      {returning && <TransferDialog ticket={ticket} onClose={() => setReturning(false)} />}
      <StandingLine ticket={ticket} onChange={may ? () => setSaying(spoken.find((each) => each === ticket.status)) : undefined} />
      {saying && (
        <StandingDialog
          status={saying}
          said={saying === ticket.status ? ticket.standing : undefined}
          busy={act.busy}
          onClose={() => setSaying(undefined)}
          onSay={(said) => act.say(saying, said, () => setSaying(undefined))}
        />
      )}
      {asking === 'office' && <AskDialog ticket={ticket} onOther={() => setAsking('expert')} onClose={() => setAsking(undefined)} />}
      {asking === 'expert' && <ExpertDialog ticket={ticket} onOther={() => setAsking('office')} onClose={() => setAsking(undefined)} />}
      {joining && <JoinDialog ticket={ticket} onClose={() => setJoining(false)} />}
    </header>
  );
}

type Beside = 'tags' | 'snooze' | undefined;

function useBesideCommands(may: boolean, over: boolean, open: (which: Beside) => void) {
  const { t } = useTranslation();
  const commands = useMemo(
    () => [
      ...(may ? [command({ id: 'tags', title: t('command.tags'), icon: 'tag', run: () => open('tags') })] : []),
      ...(may && !over ? [command({ id: 'snooze', title: t('command.snooze'), icon: 'moon', run: () => open('snooze') })] : []),
    ],
    [t, may, over, open],
  );
  useCommands(commands);
}

type Acts = ReturnType<typeof useActs>;

function useActs(ticket: Ticket) {
  const { t } = useTranslation();
  const me = useMe();
  const text = useProblemText();
  const { mutate, isPending: busy } = useUpdateTicket(ticket);
  const { mutate: takeBack } = useTakeBack();
  return useMemo(() => {
    const update = (change: Parameters<typeof mutate>[0], done: string, then?: () => void, undo?: (fresh: Ticket) => void) =>
      mutate(change, {
        onSuccess: (fresh) => {
          if (fresh.version === ticket.version) toast(t('ticket.same'));
          else toast(done, undo && { action: { label: t('aside.undo'), run: () => undo(fresh) } });
          then?.();
        },
        onError: (error) => toast(text(error), { tone: 'danger' }),
      });
    const status = (next: Settable) => update({ status: next }, t('ticket.statusSet', { status: t(`status.${next}`) }));
    return {
      take: () => update({ assignee_id: me.id }, t('ticket.takenOver')),
      busy,
      say: (next: Spoken, standing: Standing, then?: () => void) =>
        update({ status: next, standing }, t('ticket.statusSet', { status: t(`status.${next}`) }), then),
      type: (type: string, name: string) => update({ type }, type ? t('standing.typeSet', { type: name }) : t('standing.clearType')),
      priority: (priority: number) =>
        update({ priority }, t('standing.prioritySet', { priority: t(`priority.${priorityWord(priority)}`) })),
      snooze: (snooze: Snooze, then: () => void) => update({ snooze }, t('aside.done', { count: 1 }), then, takeBack),
      wake: () => update({ wake: true }, t('aside.woke')),
      reopen: () => status('open'),
      status,
      assign: (id: string, name: string) =>
        id === nobody ? update({ unassign: true }, t('ticket.unassign')) : update({ assignee_id: id }, t('ticket.assigned', { name })),
      copy: () => void navigator.clipboard.writeText(ticket.number).then(() => toast(`${t('copied')}: ${ticket.number}`)),
    };
  }, [mutate, takeBack, busy, t, text, me.id, ticket.number, ticket.version]);
}

function useHeaderCommands(ticket: Ticket, act: Acts, open: (which: Opened) => void, may: boolean, toggleFacts: () => void) {
  const { t } = useTranslation();
  const over = ticket.status === 'resolved' || ticket.status === 'closed';
  const commands = useMemo(
    () => [
      command({ id: 'copyNumber', title: t('command.copyNumber'), icon: 'copy', run: act.copy }),
      command({ id: 'facts', title: t('command.facts'), icon: 'panel', run: toggleFacts }),
      ...(may
        ? [
            command({
              id: 'assign',
              title: t('command.assign'),
              synonyms: t('command.synonyms.assign'),
              icon: 'mine',
              run: () => open('assign'),
            }),
            command({
              id: 'assignMe',
              title: t('command.assignMe'),
              synonyms: t('command.synonyms.assignMe'),
              icon: 'mine',
              run: act.take,
            }),
            command({ id: 'office', title: t('command.office'), icon: 'office', run: () => open('office') }),
            command({ id: 'status', title: t('command.status'), icon: 'flag', run: () => open('status') }),
            command({ id: 'type', title: t('command.type'), icon: 'note', run: () => open('type') }),
            command({ id: 'priority', title: t('command.priority'), icon: 'flag', run: () => open('priority') }),
          ]
        : []),
      ...(may && !over
        ? [
            command({
              id: 'resolve',
              title: t('command.resolve'),
              synonyms: t('command.synonyms.resolve'),
              icon: 'check',
              run: () => open('resolve'),
            }),
          ]
        : []),
    ],
    [t, act, open, may, over, toggleFacts],
  );
  useCommands(commands);
}

interface PickerProps {
  ticket: Ticket;
  act: Acts;
  disabled: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function StatusPicker({ ticket, act, onSay, ...rest }: PickerProps & { onSay: (status: Spoken) => void }) {
  const { t } = useTranslation();
  const choices = settable.map((value) => ({ value, label: t(`status.${value}`) }));
  return (
    <Picker
      {...rest}
      label={t('ticket.status')}
      choices={choices}
      value={ticket.status}
      className={style.pick}
      onPick={(value) => {
        const next = settable.find((each) => each === value);
        const word = spoken.find((each) => each === next);
        if (!next || next === ticket.status) return;
        if (word) onSay(word);
        else act.status(next);
      }}
    >
      <span className="visually-hidden">{t('ticket.status')}: </span>
      <span className={style.status} data-status={ticket.status}>
        {t(`status.${ticket.status}`)}
      </span>
    </Picker>
  );
}

function OfficePicker({ ticket, onHandOver, ...rest }: Omit<PickerProps, 'act'> & { onHandOver: (to: Office) => void }) {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery).data ?? [];
  const choices = offices.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Picker
      {...rest}
      label={t('ticket.office')}
      choices={choices}
      value={ticket.office.id}
      className={style.pick}
      onPick={(id) => {
        const office = offices.find((each) => each.id === id);
        if (office && id !== ticket.office.id) onHandOver(office);
      }}
    >
      <span className="visually-hidden">{t('ticket.office')}: </span>
      <Icon name="office" size={13} />
      <span className={style.text}>{ticket.office.name}</span>
    </Picker>
  );
}

function AssigneePicker({ ticket, act, ...rest }: PickerProps) {
  const { t } = useTranslation();
  const me = useMe();
  const choices = useAssignees([ticket.office.id], { mine: me.name, nobody: ticket.assignee && t('ticket.unassign'), enabled: rest.open });
  return (
    <Picker
      {...rest}
      label={t('ticket.assignee')}
      choices={choices}
      value={ticket.assignee?.id}
      className={style.pick}
      onPick={(id) => act.assign(id, choices.find((each) => each.value === id)?.label ?? '')}
    >
      <span className="visually-hidden">{t('ticket.assignee')}: </span>
      <Icon name={ticket.assignee ? 'mine' : 'unassigned'} size={13} />
      <span className={style.text}>{ticket.assignee?.name ?? t('inbox.unassigned')}</span>
    </Picker>
  );
}
