import { useTranslation } from 'react-i18next';
import type { DeliveryState } from '@/api/schema.gen';
import { looks } from './states';
import style from './StateMark.module.css';

/** A delivery's state as four steps and a word. */
export function StateMark({ state }: { state: DeliveryState }) {
  const { t } = useTranslation();
  const { tone, steps } = looks[state];
  return (
    <span className={style.mark} data-tone={tone}>
      <span className={style.steps} aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <i key={step} data-on={step <= steps} />
        ))}
      </span>
      {t(`delivery.state.${state}`)}
    </span>
  );
}
