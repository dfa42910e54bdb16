import { useTranslation } from 'react-i18next';
import type { DeliveryDelay } from '@/api/schema.gen';
import { useMinute } from '@/app/clock';
import { Icon } from '@/design/Icon';
import { useMoments } from '@/i18n/words';
import style from './Delay.module.css';

/** What another system said of a delivery that it could not make yet; once its own time is over, that nobody knows. */
export function Delay({ delay: { at, until }, dated }: { delay: DeliveryDelay; dated?: boolean }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const over = until !== undefined && Date.parse(until) <= now;
  const time = until ? moments.full(until) : '';
  return (
    <span className={style.delay} data-over={over}>
      <Icon name="clock" size={13} />
      <span>
        {over ? t('delivery.delayedOver', { time }) : until ? t('delivery.delayedUntil', { time }) : t('delivery.delayed')}
        {dated && <span className={style.at}>{t('delivery.delayedAt', { time: moments.full(at) })}</span>}
      </span>
    </span>
  );
}
