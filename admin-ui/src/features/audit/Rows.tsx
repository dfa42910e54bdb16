import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '@/api/schema.gen';
import { Tag, TicketNumber } from '@/design/Marks';
import { useMay } from '@/features/session/me';
import { useMoments } from '@/i18n/words';
import type { AuditSearch } from './search';
import { useWording } from './useWording';
import style from './AuditPage.module.css';

interface Props {
  rows: readonly AuditEntry[];
  search: AuditSearch;
  onNarrow: (search: AuditSearch) => void;
  onReaders: (contact: string) => void;
}

/** The rows, one table a day. */
export function Rows({ rows, search, onNarrow, onReaders }: Props) {
  const { t } = useTranslation();
  const moments = useMoments();
  const days: AuditEntry[][] = [];
  for (const row of rows) {
    const last = days.at(-1);
    if (last?.[0] && moments.sameDay(last[0].at, row.at)) last.push(row);
    else days.push([row]);
  }
  return days.map((day) => (
    <section key={day[0]?.at} className={style.day}>
      <h2>{moments.day(day[0]?.at ?? '')}</h2>
      <table>
        <colgroup>
          <col className={style.narrowest} />
          <col className={style.middle} />
          <col />
          <col className={style.middle} />
        </colgroup>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t('audit.column.at')}</th>
            <th scope="col">{t('audit.column.actor')}</th>
            <th scope="col">{t('audit.column.act')}</th>
            <th scope="col">{t('audit.column.object')}</th>
          </tr>
        </thead>
        <tbody>
          {day.map((row) => (
            <Row key={row.id} row={row} search={search} onNarrow={onNarrow} onReaders={onReaders} />
          ))}
        </tbody>
      </table>
    </section>
  ));
}

function Row({ row, search, onNarrow, onReaders }: Omit<Props, 'rows'> & { row: AuditEntry }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const { act, actor } = useWording();
  const who = actor(row.actor, row.actor_name);
  return (
    <tr data-kind={row.kind}>
      <td className={style.at}>
        <time dateTime={row.at} title={moments.full(row.at)}>
          {moments.clock(row.at)}
        </time>
      </td>
      <td>
        {row.actor ? (
          <button
            type="button"
            className={style.narrow}
            title={t('audit.onlyBy', { name: who })}
            onClick={() => onNarrow({ ...search, actor: row.actor })}
          >
            {who}
          </button>
        ) : (
          who
        )}
        {row.address && <small>{t('audit.from', { address: row.address })}</small>}
      </td>
      <td>
        {act(row)} {row.outcome === 'failed' && <Tag tone="danger">{t('audit.failed')}</Tag>}
        {row.place === undefined && <Tag title={t('audit.unsealedHint')}>{t('audit.unsealed')}</Tag>}
      </td>
      <td>
        <Thing row={row} search={search} onNarrow={onNarrow} onReaders={onReaders} />
      </td>
    </tr>
  );
}

/** What it was done to, with the way there for who may go. */
function Thing({ row, search, onNarrow, onReaders }: Omit<Props, 'rows'> & { row: AuditEntry }) {
  const { t } = useTranslation();
  const { thing } = useWording();
  const [readsTickets, readsPeople, runsChannels] = [useMay('ticket.read'), useMay('people.manage'), useMay('channel.manage')];
  const [kind = '', id = ''] = row.object.split('/');
  const word = thing(row.object);
  if (row.object === 'session' || row.object === 'me') return null;
  if (row.hidden) {
    return (
      <span className={style.thing} title={t('audit.confidentialHint')}>
        {t(kind === 'contacts' ? 'audit.confidentialCard' : 'audit.confidential')}
      </span>
    );
  }
  const number = ['tickets', 'messages', 'attachments', 'deliveries', 'asks'].includes(kind) ? row.object_name : undefined;
  if (number) {
    return (
      <span className={style.thing}>
        {kind !== 'tickets' && <span>{word}</span>}
        {readsTickets ? (
          <Link to="/t/$number" params={{ number }}>
            <TicketNumber value={number} />
          </Link>
        ) : (
          <button
            type="button"
            className={style.narrow}
            title={t('audit.onlyOn', { name: number })}
            onClick={() => onNarrow({ ...search, object: `tickets/${number}` })}
          >
            <TicketNumber value={number} />
          </button>
        )}
      </span>
    );
  }
  if (kind === 'contacts') {
    return (
      <button type="button" className={style.narrow} title={t('audit.readersHint')} onClick={() => onReaders(id)}>
        {word} <code>{id.slice(-6)}</code>
      </button>
    );
  }
  const to = kind === 'people' && readsPeople ? '/people' : kind === 'channels' && runsChannels ? '/channels' : undefined;
  const text: ReactNode = (
    <>
      {word} {row.object_name ?? (id && kind !== 'audit' ? <code>{id.slice(-6)}</code> : '')}
    </>
  );
  return to ? <Link to={to}>{text}</Link> : <span>{text}</span>;
}
