import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportFigure } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { SelectField, TextField } from '@/design/Field';
import { Page, PageHead } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { useChannelName } from '@/features/channel/useChannelName';
import { areasQuery } from '@/features/routing/routing';
import { useMay, useMe } from '@/features/session/me';
import { useTownZone } from '@/features/session/town';
import { requestTypesQuery } from '@/features/standing/standing';
import { officesQuery } from '@/features/ticket/tickets';
import { dayOf } from '@/i18n/format';
import { useLanguage, useMoments } from '@/i18n/words';
import { Behind } from './Behind';
import { Course } from './Course';
import { periods, reportParts, spanOf, type Asked } from './period';
import { reportQuery, saveTable, type Wanted } from './reports';
import { Rows } from './Rows';
import { Tiles } from './Tiles';
import style from './ReportsPage.module.css';

const channels = ['email', 'pec', 'webform', 'sms', 'fax', 'telephony', 'counter'] as const;

/** "Andamento": what came in, what became of it and how long it took. */
export function ReportsPage() {
  const { t } = useTranslation();
  useTitle(t('reports.title'));
  const asked = useSearch({ from: '/inside/reports' });
  const navigate = useNavigate();
  const today = dayOf(useMinute(), useTownZone());
  const span = spanOf(asked, today);
  const { office, area, channel, type, by = 'office' } = asked;
  const wanted: Wanted = {
    ...span,
    by,
    ...(office && { office }),
    ...(area && { area }),
    ...(channel !== undefined && { channel }),
    ...(type !== undefined && { type }),
  };
  const query = useQuery({ ...reportQuery(wanted), refetchInterval: 60_000 });
  const [figure, setFigure] = useState<ReportFigure>();
  const opens = useMay('report.tickets');
  const set = (change: { [Key in keyof Asked]?: Asked[Key] | undefined }) =>
    void navigate({
      to: '/reports',
      search: (before: Asked) =>
        Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined)) as Asked,
      replace: true,
    });
  const report = query.data;
  const empty = report && report.total.received + report.total.resolved + report.total.backlog + report.total.opening === 0;
  return (
    <Page busy={query.isFetching}>
      <Header wanted={wanted} asOf={report?.as_of} />
      <Filters asked={asked} span={span} onChange={set} />
      {query.isPending && <Skeleton rows={8} label={t('loading')} />}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {report && !report.complete && (
        <p className={style.notice} role="status">
          {t('reports.counting')}
        </p>
      )}
      {empty && <Blank title={t('reports.none')} body={t('reports.noneBody')} />}
      {report && !empty && (
        <>
          <Compared from={report.previous_from} to={report.previous_to} />
          <Tiles report={report} onOpen={opens ? setFigure : undefined} />
          <Course report={report} step={span.step} />
          <section className={style.block}>
            <div className={style.choice} role="group" aria-label={t('reports.rows')}>
              {reportParts.map((each) => (
                <Button
                  key={each}
                  small
                  look={each === by ? 'primary' : 'plain'}
                  aria-pressed={each === by}
                  onClick={() => set({ by: each })}
                >
                  {t(`reports.by.${each}`)}
                </Button>
              ))}
            </div>
            <Rows report={report} by={by} />
          </section>
        </>
      )}
      {figure && <Behind figure={figure} wanted={wanted} onClose={() => setFigure(undefined)} />}
    </Page>
  );
}

function Header({ wanted, asOf }: { wanted: Wanted; asOf: string | undefined }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const moments = useMoments();
  const now = useMinute();
  const language = useLanguage();
  const save = useMutation({
    mutationFn: () => saveTable(wanted, undefined, language),
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
  return (
    <PageHead
      title={t('reports.title')}
      lead={[t('reports.lead'), asOf && t('reports.asOf', { at: moments.brief(asOf, now) })].filter(Boolean).join(' ')}
      acts={
        <Button icon="download" disabled={save.isPending} onClick={() => save.mutate()} title={t('reports.saveHint')}>
          {t('reports.save')}
        </Button>
      }
    />
  );
}

function Compared({ from, to }: { from: string; to: string }) {
  const { t } = useTranslation();
  const dates = new Intl.DateTimeFormat(useLanguage() === 'it' ? 'it-IT' : 'en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return <p className={style.compared}>{t('reports.compared', { from: dates.format(new Date(from)), to: dates.format(new Date(to)) })}</p>;
}

interface FiltersProps {
  asked: Asked;
  span: { from: string; to: string };
  onChange: (change: { [Key in keyof Asked]?: Asked[Key] | undefined }) => void;
}

function Filters({ asked, span, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const name = useChannelName();
  const head = useMe().role === 'office_head';
  const offices = useQuery(officesQuery).data?.filter((each) => each.mine || !head) ?? [];
  const areas = useQuery(areasQuery).data ?? [];
  const types = useQuery(requestTypesQuery).data ?? [];
  const language = useLanguage();
  const period = asked.period ?? 'month';
  return (
    <div className={style.filters}>
      <SelectField
        label={t('reports.period')}
        value={period}
        onChange={(event) => onChange({ period: event.target.value as (typeof periods)[number], from: undefined, to: undefined })}
      >
        {periods.map((each) => (
          <option key={each} value={each}>
            {t(`reports.periods.${each}`)}
          </option>
        ))}
      </SelectField>
      {period === 'custom' && (
        <>
          <TextField
            type="date"
            label={t('reports.from')}
            value={span.from}
            max={span.to}
            onChange={(event) => event.target.value && onChange({ from: event.target.value })}
          />
          <TextField
            type="date"
            label={t('reports.to')}
            value={span.to}
            min={span.from}
            onChange={(event) => event.target.value && onChange({ to: event.target.value })}
          />
        </>
      )}
      <SelectField
        label={t('reports.by.office')}
        value={asked.office ?? ''}
        onChange={(event) => onChange({ office: event.target.value || undefined })}
      >
        <option value="">{t('reports.all')}</option>
        {offices.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('reports.by.area')}
        value={asked.area ?? ''}
        onChange={(event) => onChange({ area: event.target.value || undefined })}
      >
        <option value="">{t('reports.all')}</option>
        {areas.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('reports.by.channel')}
        value={asked.channel ?? ''}
        onChange={(event) => onChange({ channel: event.target.value || undefined })}
      >
        <option value="">{t('reports.all')}</option>
        {channels.map((each) => (
          <option key={each} value={each}>
            {name(each)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('reports.by.type')}
        value={asked.type ?? ''}
        onChange={(event) => onChange({ type: event.target.value || undefined })}
      >
        <option value="">{t('reports.all')}</option>
        {types.map((each) => (
          <option key={each.code} value={each.code}>
            {each.labels[language] ?? each.code}
          </option>
        ))}
      </SelectField>
    </div>
  );
}
