import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Contact, DuplicatePair } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Detail } from '@/design/Detail';
import { TicketNumber } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useMay } from '@/features/session/me';
import { useMoments, useReason } from '@/i18n/words';
import { contactQuery, contactTicketsQuery } from './contacts';
import { pairsQuery } from './pairs';
import style from './Pairs.module.css';

/** Two contacts beside each other: which one stays, what it then holds, or that they are two. */
export function Pair({ pair }: { pair: DuplicatePair }) {
  const { t } = useTranslation();
  const reason = useReason('contact.reason');
  const navigate = useNavigate();
  const may = useMay('contact.update');
  const [one, other] = [useQuery(contactQuery(pair.one.id)), useQuery(contactQuery(pair.other.id))];
  const [stays, setStays] = useState(pair.one.id);
  const goes = stays === pair.one.id ? pair.other : pair.one;
  const back = () => void navigate({ to: '/duplicates', search: {} });
  const merge = useDecision(
    () => body(api.POST('/contacts/{id}/merged', { params: { path: { id: stays } }, body: { contact_id: goes.id } })),
    t('pairs.merged'),
    back,
  );
  const apart = useDecision(
    () => api.POST('/contacts/{id}/distinct', { params: { path: { id: stays } }, body: { contact_id: goes.id } }),
    t('pairs.apart'),
    back,
  );
  const failed = one.error ?? other.error;
  if (failed) return <Broken error={failed} onRetry={() => void Promise.all([one.refetch(), other.refetch()])} />;
  if (!one.data || !other.data) return <Skeleton rows={6} label={t('loading')} />;
  return (
    <Detail title={t('pairs.title')}>
      <p className={style.why}>{pair.reasons.map((each) => reason(each)).join(' · ')}</p>
      <div className={style.sides}>
        {[one.data, other.data].map((each) => (
          <Side key={each.id} contact={each} stays={each.id === stays} onStay={may ? () => setStays(each.id) : undefined} />
        ))}
      </div>
      {may && (
        <>
          <Preview stays={stays === one.data.id ? one.data : other.data} goes={stays === one.data.id ? other.data : one.data} />
          <div className={style.acts}>
            <Button look="primary" icon="join" disabled={merge.isPending || apart.isPending} onClick={() => merge.mutate()}>
              {t('pairs.merge')}
            </Button>
            <Button disabled={merge.isPending || apart.isPending} onClick={() => apart.mutate()}>
              {t('pairs.tellApart')}
            </Button>
          </div>
        </>
      )}
    </Detail>
  );
}

/** A card without a name is called by its first address. */
const called = (contact: Contact, nobody: string) => contact.name || (contact.addresses[0]?.value ?? nobody);

function Side({ contact, stays, onStay }: { contact: Contact; stays: boolean; onStay: (() => void) | undefined }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const tickets = useQuery(contactTicketsQuery(contact.id)).data ?? [];
  const name = called(contact, t('inbox.unknownContact'));
  return (
    <section className={style.side} data-stays={stays} aria-label={name}>
      <h3>{name}</h3>
      {onStay && (
        <label className={style.stay}>
          <input type="radio" name="stays" checked={stays} onChange={onStay} />
          {t('pairs.stays')}
        </label>
      )}
      <dl>
        {contact.fiscal_code && <Fact name={t('contact.fiscalCode')} value={contact.fiscal_code} />}
        {contact.vat_number && <Fact name={t('contact.vatNumber')} value={contact.vat_number} />}
        {contact.notes && <Fact name={t('contact.notes')} value={contact.notes} />}
      </dl>
      <ul>
        {contact.addresses.map((each) => (
          <li key={each.id}>
            <ChannelIcon kind={each.kind} size={14} /> {each.value}{' '}
            <small>
              {[each.verified ? t('ticket.verified') : t('ticket.unproved'), each.shared && t('ticket.shared')].filter(Boolean).join(' · ')}
            </small>
          </li>
        ))}
      </ul>
      {tickets.length > 0 && (
        <ul>
          {tickets.map((each) => (
            <li key={each.number}>
              <Link to="/inbox/$queue/$number" params={{ queue: 'all', number: each.number }}>
                <TicketNumber value={each.number} />
              </Link>{' '}
              {each.subject} <small>{moments.date(each.created_at, now)}</small>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** What the one that stays is called and where it is reached once both are one. */
function Preview({ stays, goes }: { stays: Contact; goes: Contact }) {
  const { t } = useTranslation();
  const codes = [stays.fiscal_code, goes.fiscal_code].filter((each, index, all) => each && all.indexOf(each) === index);
  return (
    <section className={style.preview} aria-label={t('pairs.after')}>
      <h3>{t('pairs.after')}</h3>
      <p>
        {t('pairs.becomes', {
          name: called(stays, t('inbox.unknownContact')),
          addresses: [...stays.addresses, ...goes.addresses].map((each) => each.value).join(', '),
        })}
      </p>
      {codes.length > 1 && <p className={style.warn}>{t('pairs.twoCodes')}</p>}
      <p>{t('pairs.undo')}</p>
    </section>
  );
}

function useDecision(decide: () => Promise<unknown>, done: string, then: () => void) {
  const text = useProblemText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: async () => {
      toast(done);
      then();
      const stale = [pairsQuery.queryKey[0], 'contact', 'contact-duplicates', 'contact-relations', 'contact-tickets', 'tickets', 'ticket'];
      await Promise.all(stale.map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
    onError: (error) => {
      toast(text(error), { tone: 'danger' });
      void client.invalidateQueries({ queryKey: pairsQuery.queryKey });
    },
  });
}
