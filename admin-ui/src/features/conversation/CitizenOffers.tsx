import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Correspondent, RequesterProposal, Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { toast } from '@/design/toasts';
import { useMay } from '@/features/session/me';
import { refreshJoined } from '@/features/ticket/joining';
import style from './Suggestions.module.css';

/** A colleague forwarded a citizen's letter: a person says who the citizen is, before anything leaves. */
export function CitizenOffers({ ticket }: { ticket: Ticket }) {
  return ticket.requester_proposals.map((each) => <Offer key={each.id} ticket={ticket} proposal={each} />);
}

const nameOf = (who: Correspondent) => who.name ?? who.address;
const whole = (who: Correspondent) => (who.name ? `${who.name} <${who.address}>` : who.address);

function Offer({ ticket, proposal }: { ticket: Ticket; proposal: RequesterProposal }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const may = useMay('suggestion.decide');
  const who = nameOf(proposal.requester);
  const by = nameOf(proposal.forwarded_by);
  const decide = useMutation({
    mutationFn: (outcome: 'accept' | 'dismiss') =>
      body(
        api.POST('/tickets/{number}/requester-proposals/{id}/decision', {
          params: { path: { number: ticket.number, id: proposal.id } },
          body: { outcome },
        }),
      ),
    onSuccess: (fresh, outcome) => {
      refreshJoined(client, fresh);
      void client.invalidateQueries({ queryKey: ['choice', ticket.number] });
      toast(outcome === 'accept' ? t('citizen.accepted', { who }) : t('citizen.kept', { by }));
    },
    onError: (error) => {
      toast(text(error), { tone: 'danger' });
      void client.invalidateQueries({ queryKey: ['ticket', ticket.number] });
    },
  });
  return (
    <section className={style.offer} aria-label={t('citizen.title')}>
      <Icon name="mine" />
      <div>
        <h2>{t('citizen.title')}</h2>
        <p className={style.reason}>{t('citizen.body', { by: whole(proposal.forwarded_by), who: whole(proposal.requester) })}</p>
      </div>
      {may && (
        <div className={style.acts}>
          <Button small disabled={decide.isPending} onClick={() => decide.mutate('accept')}>
            {t('citizen.accept', { who })}
          </Button>
          <Button small look="quiet" disabled={decide.isPending} onClick={() => decide.mutate('dismiss')}>
            {t('citizen.dismiss', { by })}
          </Button>
        </div>
      )}
    </section>
  );
}
