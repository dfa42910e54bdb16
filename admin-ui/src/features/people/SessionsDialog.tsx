import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Person } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { toast } from '@/design/toasts';
import { browserName } from '@/features/settings/browser';
import { useMoments } from '@/i18n/words';
import { personSessionsQuery, usePeople } from './people';
import style from './PeoplePage.module.css';

/** Where somebody is signed in; each session can be ended. */
export function SessionsDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const moments = useMoments();
  const now = useMinute();
  const query = useQuery(personSessionsQuery(person.id));
  const { endSession } = usePeople();
  const at = (time: string) => `${moments.date(time, now)}, ${moments.clock(time)}`;
  const end = (session: string) =>
    endSession.mutate(
      { id: person.id, session },
      { onSuccess: () => toast(t('settings.ended')), onError: (error) => toast(text(error), { tone: 'danger' }) },
    );
  return (
    <Dialog title={t('factor.sessionsOf', { name: person.name })} onClose={onClose}>
      {query.isPending && <Skeleton rows={2} label={t('loading')} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <Blank title={t('factor.noSession')} />}
      <ul className={style.sessions}>
        {query.data?.map((session) => {
          const device = browserName(session.user_agent ?? '');
          return (
            <li key={session.id}>
              <span>
                {device}
                <small>{t('factor.sessionTimes', { since: at(session.created_at), seen: at(session.last_seen_at) })}</small>
              </span>
              <Button small onClick={() => end(session.id)} disabled={endSession.isPending} aria-label={t('factor.endSession', { device })}>
                {t('settings.end')}
              </Button>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
