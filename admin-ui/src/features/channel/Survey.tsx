import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Channel, ChannelSurvey, SurveyItem } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { useMoments } from '@/i18n/words';
import style from './Survey.module.css';

const surveyKey = (id: string) => ['channel-survey', id] as const;

/** What lies on the server against what is here, and what is missing with the way to fetch it. */
export function Survey({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const moments = useMoments();
  const client = useQueryClient();
  const params = { path: { id: channel.id } };
  const { data, error } = useQuery({
    queryKey: surveyKey(channel.id),
    queryFn: async ({ signal }) => (await api.GET('/channels/{id}/survey', { params, signal })).data ?? null,
    staleTime: 60_000,
    retry: false,
  });
  const compare = useMutation({
    mutationFn: () => body(api.POST('/channels/{id}/survey', { params })),
    onSuccess: (fresh) => client.setQueryData(surveyKey(channel.id), fresh),
    onError: (failure) => toast(hasCode(failure, 'conflict') ? t('survey.impossible') : text(failure), { tone: 'danger' }),
  });
  return (
    <section className={style.survey} aria-label={t('survey.title', { name: channel.name })}>
      <p>
        {data ? verdict(data) : error ? text(error) : t('survey.none')}
        {data && <span> · {t('survey.at', { time: moments.full(data.at) })}</span>}
      </p>
      <Button small icon="refresh" look="quiet" disabled={compare.isPending} onClick={() => compare.mutate()}>
        {compare.isPending ? t('survey.running') : t('survey.run')}
      </Button>
      {data && data.items.length > 0 && (
        <ul>
          {data.items.map((item) => (
            <Missing key={item.id} channel={channel} item={item} />
          ))}
        </ul>
      )}
    </section>
  );

  function verdict(survey: ChannelSurvey) {
    const counts = t('survey.counts', { server: survey.server, known: survey.known });
    const waiting = survey.waiting > 0 ? ` ${t('survey.waiting', { count: survey.waiting })}` : '';
    if (survey.missing === 0) return `${t('survey.complete')} ${counts}${waiting}`;
    return (
      <>
        <strong>{t('survey.missing', { count: survey.missing })}</strong> {counts}
        {waiting}
      </>
    );
  }
}

function Missing({ channel, item }: { channel: Channel; item: SurveyItem }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const moments = useMoments();
  const fetchAgain = useMutation({
    mutationFn: () => api.POST('/channels/{id}/survey/fetch', { params: { path: { id: channel.id } }, body: { id: item.id } }),
    onSuccess: () => toast(t('survey.fetched')),
    onError: (failure) => toast(text(failure), { tone: 'danger' }),
  });
  return (
    <li>
      <span>
        {item.subject ?? t('survey.noSubject')}
        <small>
          {item.from ?? item.id}
          {item.arrived_at && ` · ${moments.full(item.arrived_at)}`}
        </small>
      </span>
      <Button small icon="download" disabled={fetchAgain.isPending || fetchAgain.isSuccess} onClick={() => fetchAgain.mutate()}>
        {t('survey.fetch')}
      </Button>
    </li>
  );
}
