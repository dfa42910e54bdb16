import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Icon } from '@/design/Icon';
import { Page, PageHead } from '@/design/Page';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { lengthOfTime } from '@/i18n/format';
import { useCoded, useLanguage, useMoments } from '@/i18n/words';
import { Archive } from './Archive';
import { ChannelActs } from './ChannelActs';
import { ChannelIcon } from './ChannelIcon';
import { channelsQuery } from './channels';
import style from './ChannelsPage.module.css';
import { Survey } from './Survey';
import { useChannelName } from './useChannelName';

/** Every way in and out: how it is, since when, why it stopped and what to do about it. */
export function ChannelsPage() {
  const { t } = useTranslation();
  const query = useQuery(channelsQuery);
  const may = useMay('channel.manage');
  useTitle(t('channels.title'));
  const add = (
    <Link to="/channels/new" className={style.add}>
      <Icon name="plus" /> {t('channels.add')}
    </Link>
  );
  return (
    <Page>
      <PageHead title={t('channels.title')} lead={t('channels.lead')} acts={may && add} />
      {query.isPending && <Skeleton rows={3} label={t('loading')} />}
      {query.isError && !query.data && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <Blank
          title={t('channels.empty.title')}
          body={`${t('channels.empty.body')}${may ? '' : ` ${t('channels.empty.operator')}`}`}
          action={may && add}
        />
      )}
      <ul className={style.list}>
        {query.data?.map((channel) => (
          <Card key={channel.id} channel={channel} />
        ))}
      </ul>
      {may && <Archive />}
    </Page>
  );
}

function Card({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const kindName = useChannelName();
  const language = useLanguage();
  const now = useMinute();
  const may = useMay('channel.manage');
  return (
    <li className={style.card} data-state={channel.state}>
      <div className={style.head}>
        <ChannelIcon kind={channel.kind} size={20} />
        <div>
          <h2>{channel.name}</h2>
          <p className={style.address}>
            {kindName(channel.kind)}
            {channel.address && ` · ${channel.address}`}
            {channel.sends === false && ` · ${t('channels.onlyIn')}`}
            {channel.receives === false && ` · ${t('channels.onlyOut')}`}
          </p>
        </div>
        <p className={style.state}>
          <strong>{t(`channels.state.${channel.state}`)}</strong>
          {channel.since && <span>{t('channels.since', { time: lengthOfTime(now - Date.parse(channel.since), language) })}</span>}
        </p>
      </div>
      <Trouble channel={channel} />
      <div className={style.foot}>
        <Last label={t('channels.lastIn')} at={channel.last_in_at} />
        <Last label={t('channels.lastOut')} at={channel.last_out_at} />
        <ChannelActs channel={channel} />
      </div>
      {may && channel.receives !== false && <Survey channel={channel} />}
    </li>
  );
}

function Trouble({ channel }: { channel: Channel }) {
  const { t, i18n } = useTranslation();
  const coded = useCoded();
  const { problem } = channel;
  const code = problem?.code.replaceAll('.', '_') ?? '';
  const remedy = [code, code.split('_')[0] ?? ''].find((each) => each && i18n.exists(`channels.remedy.${each}`));
  return (
    <>
      {problem && (
        <div className={style.problem}>
          <Icon name="warn" />
          <div>
            <p>
              <strong>{coded('channels.code', problem.code, problem.params)}</strong> {remedy && coded('channels.remedy', remedy)}
            </p>
            {channel.problem_text && (
              <p className={style.provider}>
                {t('channels.provider')}: «{channel.problem_text}»
              </p>
            )}
          </div>
        </div>
      )}
      {channel.receives !== false && channel.authenticates === false && (
        <p className={style.unproved}>
          <Icon name="warn" size={14} />
          <span>
            <strong>{t('channels.unauthenticated')}.</strong> {t('channels.unauthenticatedHint')}
          </span>
        </p>
      )}
    </>
  );
}

function Last({ label, at }: { label: string; at: string | undefined }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  return (
    <p className={style.last}>
      <span>{label}</span>
      {at ? (
        <time dateTime={at} title={moments.full(at)}>
          {moments.sameDay(at, now) ? moments.clock(at) : `${moments.date(at, now)}, ${moments.clock(at)}`}
        </time>
      ) : (
        t('channels.never')
      )}
    </p>
  );
}
