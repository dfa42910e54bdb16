import { Trans, useTranslation } from 'react-i18next';
import type { Correspondent, DeliveryChoice, DeliverySkipped, Recipient } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { ChannelIcon } from '@/features/channel/ChannelIcon';
import { useReason } from '@/i18n/words';
import type { Route } from './route';
import style from './RouteLine.module.css';

interface Props {
  route: Route;
  objections: readonly DeliverySkipped[];
  choice: DeliveryChoice | undefined;
  loading: boolean;
  onChange: () => void;
}

/** Before sending: by which way, to whom, and why. */
export function RouteLine({ route, objections, choice, loading, onChange }: Props) {
  const { t } = useTranslation();
  const reason = useReason('reason');
  if (!choice && loading) return <p className={style.line}>{t('composer.routeLoading')}</p>;
  if (!route.option) {
    return (
      <p className={`${style.line} ${style.none}`} role="alert">
        <Icon name="warn" size={14} />
        <span>
          <strong>{route.own ? t('composer.routeNotThis') : t('composer.routeNone')}.</strong>{' '}
          {choice && !route.own && reason(choice.reason)}
          <Objections list={objections} />
        </span>
        <Button small look="quiet" onClick={onChange}>
          {t('composer.change')}
        </Button>
      </p>
    );
  }
  const { to, channel } = route.option;
  const why = route.own ? t('reason.explicit') : reason(route.option.reason);
  return (
    <p className={style.line}>
      <ChannelIcon kind={to.kind} size={14} />
      <span>
        <Trans
          i18nKey="composer.route"
          values={{ way: t(`way.${to.kind}`), to: to.address, reason: why }}
          components={{ way: <strong />, to: <strong title={channel.name} /> }}
        />
        <Copies cc={route.cc} others={choice?.cc ?? []} />
        <Objections list={objections} />
      </span>
      <Button small look="quiet" onClick={onChange}>
        {t('composer.change')}
      </Button>
    </p>
  );
}

/** Why an address that one would expect is not the one. */
function Objections({ list }: { list: readonly DeliverySkipped[] }) {
  const { t } = useTranslation();
  const against = useReason('against');
  return list.map(({ to, reason, rank }) => (
    <span key={`${to.kind} ${to.address}`} className={style.against}>
      {' · '}
      {t(rank === 'preferred' ? 'composer.notToPreferred' : 'composer.notTo', { address: to.address, why: against(reason) })}
    </span>
  ));
}

/** Who gets a copy, and who of the conversation does not: neither must come as a surprise. */
function Copies({ cc, others }: { cc: readonly Recipient[]; others: readonly Correspondent[] }) {
  const { t } = useTranslation();
  const names = (people: readonly Recipient[]) => people.map((each) => each.name ?? each.address).join(', ');
  const left = others.filter((other) => !cc.some((each) => each.address === other.address));
  return (
    <>
      {cc.length > 0 && <span className={style.copies}> · {t('composer.routeCopies', { names: names(cc) })}</span>}
      {left.length > 0 && <span> · {t('composer.routeOthers', { names: names(left) })}</span>}
    </>
  );
}
