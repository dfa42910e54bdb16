import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Suggestion, Ticket } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { TicketNumber } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { useMay } from '@/features/session/me';
import { spread } from '@/features/ticket/tickets';
import { useReason } from '@/i18n/words';
import style from './Suggestions.module.css';

/** Other tickets this one may belong to; a person decides, with the reason before the eyes. */
export function Suggestions({ ticket, onMoved }: { ticket: Ticket; onMoved: (number: string) => void }) {
  return ticket.suggestions.map((each) => <Offer key={each.id} ticket={ticket} suggestion={each} onMoved={onMoved} />);
}

interface Props {
  ticket: Ticket;
  suggestion: Suggestion;
  onMoved: (number: string) => void;
}

function Offer({ ticket, suggestion, onMoved }: Props) {
  const { t } = useTranslation();
  const reason = useReason('suggestion.reason');
  const text = useProblemText();
  const client = useQueryClient();
  const may = useMay('suggestion.decide');
  // What may be an expert's answer becomes a note: joined, it would stand among what the citizen reads.
  const answers = suggestion.reason.code === 'expert';
  const title = t(answers ? 'expert.suggested' : 'suggestion.title');
  const decide = useMutation({
    mutationFn: (outcome: 'accept' | 'dismiss') =>
      body(
        api.POST('/tickets/{number}/suggestions/{id}/decision', {
          params: { path: { number: ticket.number, id: suggestion.id } },
          body: { outcome },
        }),
      ),
    onSuccess: (fresh, outcome) => {
      spread(client, fresh);
      void client.invalidateQueries({ queryKey: ['tickets'] });
      void client.invalidateQueries({ queryKey: ['messages', fresh.number] });
      void client.invalidateQueries({ queryKey: ['counts'] });
      toast(
        outcome === 'accept' ? t(answers ? 'expert.accepted' : 'suggestion.joined', { number: fresh.number }) : t('suggestion.dismissed'),
      );
      if (fresh.number !== ticket.number) onMoved(fresh.number);
    },
    onError: (error) => {
      toast(text(error), { tone: 'danger' });
      void client.invalidateQueries({ queryKey: ['ticket', ticket.number] });
    },
  });
  return (
    <section className={style.offer} aria-label={title}>
      <Icon name={answers ? 'note' : 'join'} />
      <div>
        <h2>{title}</h2>
        <p>
          <Link to="/inbox/$queue/$number" params={{ queue: 'all', number: suggestion.ticket }}>
            <TicketNumber value={suggestion.ticket} />
          </Link>{' '}
          {suggestion.subject}
        </p>
        <p className={style.reason}>
          {reason({ ...suggestion.reason, params: { number: suggestion.ticket, ...suggestion.reason.params } })}
        </p>
      </div>
      {may && (
        <div className={style.acts}>
          <Button small disabled={decide.isPending} onClick={() => decide.mutate('accept')}>
            {t(answers ? 'expert.accept' : 'suggestion.join')}
          </Button>
          <Button small look="quiet" disabled={decide.isPending} onClick={() => decide.mutate('dismiss')}>
            {t('suggestion.dismiss')}
          </Button>
        </div>
      )}
    </section>
  );
}
