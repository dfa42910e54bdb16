import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { Fragment, useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Counts } from '@/api/schema.gen';
import { IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import type { IconName } from '@/design/icons';
import { Mark } from '@/design/Mark';
import { Initials, Keys } from '@/design/Marks';
import { channelsQuery } from '@/features/channel/channels';
import { printed } from '@/features/command/keymap';
import { queues } from '@/features/command/titles';
import { useMay, useMe } from '@/features/session/me';
import { useTown } from '@/features/session/town';
import { useSignOut } from '@/features/session/useSignOut';
import { countsQuery } from '@/features/ticket/tickets';
import { liveState } from './live';
import { createKeptStore, useStore } from './store';
import style from './Rail.module.css';

interface Props {
  open: boolean;
  onToggle: (open: boolean) => void;
  onPalette: () => void;
  onHelp: () => void;
  onVisit: () => void;
}

const queueIcons: Record<(typeof queues)[number], IconName> = {
  mine: 'mine',
  office: 'office',
  unassigned: 'unassigned',
  waiting: 'waiting',
  attention: 'flag',
  snoozed: 'moon',
  all: 'inbox',
  closed: 'check',
};

/** The way around: queues, what needs a decision, the system, oneself. */
export function Rail({ open, onToggle, onPalette, onHelp, onVisit }: Props) {
  const { t } = useTranslation();
  const [lists, quarantine, seesChannels] = [useMay('ticket.list'), useMay('quarantine.read'), useMay('channel.read')];
  const records = useMay('ticket.record');
  const mentioned = useMay('mention.read');
  const reports = useMay('report.read');
  const reviews = useMay('contact.review');
  const managesPeople = useMay('people.manage');
  const routes = useMay('routing.manage');
  const tags = useMay('tag.manage');
  const types = useMay('type.manage');
  const audits = useMay('audit.read');
  const counts = useQuery({ ...countsQuery, enabled: lists }).data;
  const channels = useQuery({ ...channelsQuery, enabled: seesChannels }).data;
  const broken = channels?.filter((each) => each.state === 'suspended' || each.state === 'degraded').length ?? 0;
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => onToggle(false), [path, onToggle]);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => void nav.current?.querySelector('[aria-current=page]')?.scrollIntoView?.({ block: 'nearest' }), [path]);
  return (
    <div role="banner" className={style.rail} data-open={open}>
      <Top open={open} onToggle={onToggle} />
      <div className={style.drawer}>
        <button type="button" className={style.search} onClick={onPalette} title={t('nav.palette')}>
          <Icon name="search" />
          <span>{t('nav.search')}</span>
          <Keys>{printed('Ctrl+K')}</Keys>
        </button>
        {records && (
          <button type="button" className={`${style.search} ${style.record}`} onClick={onVisit} title={t('visit.title')}>
            <Icon name="counter" />
            <span>{t('visit.button')}</span>
            <Keys>{printed('v')}</Keys>
          </button>
        )}
        <nav ref={nav} aria-label={t('nav.label')} className={style.nav}>
          {lists && (
            <>
              <Group title={t('nav.queues')}>
                {queues.map((queue) => (
                  <Fragment key={queue}>
                    <Entry
                      icon={queueIcons[queue]}
                      label={t(`queue.${queue}`)}
                      count={queue === 'closed' ? undefined : counts?.[queue]}
                      strong={queue === 'mine'}
                      to={`/inbox/${queue}`}
                    />
                    {queue === 'mine' && mentioned && (
                      <Entry icon="at" label={t('nav.mentions')} count={counts?.mentions} tone="note" to="/mentions" />
                    )}
                  </Fragment>
                ))}
              </Group>
              <Group title={t('nav.between')}>
                <Entry
                  icon="quote"
                  label={t('nav.asks')}
                  count={counts && counts.asked + counts.answered}
                  tone="note"
                  to={counts?.answered && !counts.asked ? '/asks/sent' : '/asks/received'}
                />
              </Group>
              <Group title={t('nav.decide')}>
                {quarantine && (
                  <Entry icon="quarantine" label={t('nav.quarantine')} count={counts?.quarantine} tone="note" to="/quarantine" />
                )}
                <Entry
                  icon="clock"
                  label={t('nav.overdue')}
                  count={counts?.overdue}
                  tone="danger"
                  to="/inbox/office"
                  search={{ order: 'due' }}
                />
                <Entry icon="failed" label={t('nav.failed')} count={counts?.failed} tone="danger" to="/deliveries/failed" />
                <Entry icon="uncertain" label={t('nav.uncertain')} count={counts?.uncertain} tone="doubt" to="/deliveries/uncertain" />
                {reviews && <Entry icon="join" label={t('nav.pairs')} to="/duplicates" />}
              </Group>
            </>
          )}
          <Group title={t('nav.system')}>
            {seesChannels && (
              <Entry
                icon="channels"
                label={t('nav.channels')}
                count={broken}
                tone="danger"
                countLabel={t('nav.channelTrouble', { count: broken })}
                to="/channels"
              />
            )}
            <Entry icon="office" label={t('nav.offices')} to="/offices" />
            {reports && <Entry icon="chart" label={t('reports.title')} to="/reports" />}
            {audits && <Entry icon="all" label={t('nav.audit')} to="/audit" />}
          </Group>
          {(routes || types || tags || managesPeople) && (
            <Folded title={t('nav.rules')} open={ruled.some((each) => path.startsWith(each))}>
              {routes && <Entry icon="route" label={t('routing.title')} to="/routing" />}
              {types && <Entry icon="flag" label={t('types.title')} to="/types" />}
              {tags && <Entry icon="tag" label={t('tags.title')} to="/tags" />}
              {managesPeople && <Entry icon="mine" label={t('nav.people')} to="/people" />}
            </Folded>
          )}
        </nav>
        <Foot onHelp={onHelp} />
      </div>
    </div>
  );
}

function Top({ open, onToggle }: Pick<Props, 'open' | 'onToggle'>) {
  const { t } = useTranslation();
  const town = useTown().data;
  return (
    <div className={style.top}>
      <IconButton
        className={style.menu}
        icon={open ? 'close' : 'menu'}
        label={t('nav.open')}
        aria-expanded={open}
        onClick={() => onToggle(!open)}
      />
      <Mark size={26} />
      <p>
        <strong>{t('product')}</strong>
        <span>{town?.name}</span>
      </p>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

/** Pages that an administrator comes to now and then. */
const ruled = ['/routing', '/types', '/tags', '/people'];
const unfolded = createKeptStore('sportello.rail.rules', true);

/** A group that can be put away, as it was left; where a page of its own is shown it is open. */
function Folded({ title, open, children }: { title: string; open: boolean; children: ReactNode }) {
  const shown = useStore(unfolded) || open;
  return (
    <section>
      <h2 className={style.folds}>
        <button type="button" aria-expanded={shown} onClick={() => unfolded.set(!shown)}>
          {title}
          <Icon name="down" size={12} />
        </button>
      </h2>
      <ul className={style.folding} data-shown={shown}>
        {children}
      </ul>
    </section>
  );
}

interface EntryProps {
  icon: IconName;
  label: string;
  to: string;
  search?: { order: 'due' };
  count?: Counts[keyof Counts] | undefined;
  countLabel?: string;
  tone?: 'note' | 'danger' | 'doubt';
  strong?: boolean;
}

function Entry({ icon, label, to, search, count, countLabel, tone, strong }: EntryProps) {
  const { t } = useTranslation();
  const words = countLabel ?? t('nav.waitingItems', { count: count ?? 0 });
  return (
    <li>
      <Link
        to={to}
        {...(search && { search })}
        className={style.entry}
        activeOptions={{ includeSearch: search !== undefined }}
        activeProps={{ 'aria-current': 'page' }}
        title={label}
      >
        <Icon name={icon} />
        <span className={style.label}>{label}</span>
        {count ? (
          <span className={`${style.count} ${tone ? style[tone] : ''} ${strong ? style.strong : ''}`}>
            <span aria-hidden="true">{count >= 1000 ? '999+' : count}</span>
            <span className="visually-hidden">, {words}</span>
          </span>
        ) : null}
      </Link>
    </li>
  );
}

function Foot({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const state = useStore(liveState);
  const signOut = useSignOut();
  return (
    <div className={style.foot}>
      <Link to="/settings" className={style.me} activeProps={{ 'aria-current': 'page' }} title={`${me.name} · ${t('nav.settings')}`}>
        <span className={style.face}>
          <Initials name={me.name} />
        </span>
        <span className={style.who}>
          <strong>{me.name}</strong>
          <span className={style.live} data-state={state}>
            {t(`offline.${state}`)}
          </span>
        </span>
      </Link>
      <IconButton small icon="keyboard" label={t('help.title')} shortcut="?" onClick={onHelp} />
      <IconButton small icon="exit" label={t('nav.signOut')} onClick={signOut} />
    </div>
  );
}
