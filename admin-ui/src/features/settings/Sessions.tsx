import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Broken } from '@/design/Blank';
import { Button } from '@/design/Button';
import { Tag } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { useMoments } from '@/i18n/words';
import { browserName } from './browser';
import style from './SettingsPage.module.css';

const key = ['sessions'] as const;

/** The operator's own open sessions, each of which can be ended. */
export function Sessions() {
  const { t } = useTranslation();
  const text = useProblemText();
  const moments = useMoments();
  const now = useMinute();
  const client = useQueryClient();
  const query = useQuery({ queryKey: key, queryFn: async ({ signal }) => (await body(api.GET('/sessions', { signal }))).items });
  const end = useMutation({
    mutationFn: (id: string) => api.DELETE('/sessions/{id}', { params: { path: { id } } }),
    onSuccess: () => toast(t('settings.ended')),
    onError: (error) => toast(text(error), { tone: 'danger' }),
    onSettled: () => void client.invalidateQueries({ queryKey: key }),
  });
  if (query.isError) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <ul className={style.sessions}>
      {query.data?.map((session) => (
        <li key={session.id}>
          <span>
            {browserName(session.user_agent ?? '')}
            <small>
              {t('settings.lastSeen', { time: `${moments.date(session.last_seen_at, now)}, ${moments.clock(session.last_seen_at)}` })}
            </small>
          </span>
          {session.current ? (
            <Tag tone="accent">{t('settings.thisOne')}</Tag>
          ) : (
            <Button small onClick={() => end.mutate(session.id)}>
              {t('settings.end')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
