import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Blank } from '@/design/Blank';
import { Button } from '@/design/Button';
import { useMay } from '@/features/session/me';
import { useTakeNext } from '@/features/ticket/useTakeNext';
import type { TicketFilter } from '@/features/ticket/queue';

/** A queue with nothing in it: good news, said as such. */
export function EmptyQueue({ filter, onClear }: { filter: TicketFilter; onClear: () => void }) {
  const { t } = useTranslation();
  const takes = useMay('ticket.take');
  const next = useTakeNext();
  const filtered = Boolean(filter.status?.length || filter.office || filter.tag || filter.type || filter.outcome || filter.q);
  if (filtered) {
    return (
      <Blank
        title={t('inbox.empty.filtered.title')}
        body={t('inbox.empty.filtered.body')}
        action={<Button onClick={onClear}>{t('inbox.clear')}</Button>}
      />
    );
  }
  const action =
    filter.queue === 'mine' ? (
      <>
        {takes && (
          <Button icon="mine" disabled={next.isPending} onClick={() => next.mutate()}>
            {t('command.takeNext')}
          </Button>
        )}
        <Link to="/inbox/$queue" params={{ queue: 'unassigned' }}>
          {t('inbox.empty.mine.action')}
        </Link>
      </>
    ) : undefined;
  return <Blank title={t(`inbox.empty.${filter.queue}.title`)} body={t(`inbox.empty.${filter.queue}.body`)} action={action} />;
}
