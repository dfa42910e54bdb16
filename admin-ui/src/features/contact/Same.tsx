import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Contact, Duplicate } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { useMoments, useReason } from '@/i18n/words';
import { contactQuery, duplicatesQuery, relationsQuery } from './contacts';
import style from './Facts.module.css';

/** Who was found to be the same as a contact, and who may be: a person decides, and can undo it. */
export function Same({ contact, may }: { contact: Contact; may: boolean }) {
  const { t } = useTranslation();
  const alike = useQuery(duplicatesQuery(contact.id)).data ?? [];
  return (
    <>
      {alike.length > 0 && (
        <section className={style.alike} aria-label={t('contact.alike')}>
          <h3>{t('contact.alike')}</h3>
          <ul>
            {alike.map((each) => (
              <Alike key={each.id} contact={contact} other={each} may={may} />
            ))}
          </ul>
        </section>
      )}
      {contact.merged.length > 0 && (
        <section aria-label={t('contact.merged')} className={style.merged}>
          <h3>{t('contact.merged')}</h3>
          <ul>
            {contact.merged.map((each) => (
              <Merged key={each.id} contact={contact} other={each} may={may} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Alike({ contact, other, may }: { contact: Contact; other: Duplicate; may: boolean }) {
  const { t } = useTranslation();
  const reason = useReason('contact.reason');
  const name = other.name || t('inbox.unknownContact');
  const path = { id: contact.id };
  const merge = useDecision(
    () => body(api.POST('/contacts/{id}/merged', { params: { path }, body: { contact_id: other.id } })),
    t('contact.mergeDone', { name }),
  );
  const apart = useDecision(
    () => api.POST('/contacts/{id}/distinct', { params: { path }, body: { contact_id: other.id } }),
    t('contact.apartDone', { name }),
  );
  return (
    <li>
      <strong>{name}</strong>
      {other.reasons.map((each) => (
        <small key={`${each.code} ${each.params['value']}`}>{reason(each)}</small>
      ))}
      {may && (
        <div className={style.decide}>
          <Button small disabled={merge.isPending} aria-label={t('contact.mergeWith', { name })} onClick={() => merge.mutate()}>
            {t('contact.merge')}
          </Button>
          <Button
            small
            look="quiet"
            disabled={apart.isPending}
            aria-label={t('contact.apartFrom', { name })}
            onClick={() => apart.mutate()}
          >
            {t('contact.apart')}
          </Button>
        </div>
      )}
    </li>
  );
}

function Merged({ contact, other, may }: { contact: Contact; other: Contact['merged'][number]; may: boolean }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const name = other.name || t('inbox.unknownContact');
  const part = useDecision(
    () => body(api.DELETE('/contacts/{id}/merged/{merged}', { params: { path: { id: contact.id, merged: other.id } } })),
    t('contact.partDone', { name }),
  );
  return (
    <li>
      <span>{name}</span>
      <small>{[other.fiscal_code, t('contact.mergedAt', { date: moments.date(other.merged_at, now) })].filter(Boolean).join(' · ')}</small>
      {may && (
        <div className={style.decide}>
          <Button
            small
            look="quiet"
            disabled={part.isPending}
            title={t('contact.partHint')}
            aria-label={t('contact.partFrom', { name })}
            onClick={() => part.mutate()}
          >
            {t('contact.part')}
          </Button>
        </div>
      )}
    </li>
  );
}

/** Decides who is whom; everything that shows a name or the requests of one may look different afterwards. */
function useDecision(decide: () => Promise<unknown>, done: string) {
  const text = useProblemText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: () => {
      toast(done);
      const stale = [
        contactQuery('').queryKey[0],
        duplicatesQuery('').queryKey[0],
        relationsQuery('').queryKey[0],
        'contact-tickets',
        'choice',
        'tickets',
        'ticket',
      ];
      return Promise.all(stale.map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
}
