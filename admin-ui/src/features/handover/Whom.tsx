import { useTranslation } from 'react-i18next';
import type { Asked } from './useAskCommand';
import style from './Whom.module.css';

/** Whether an office is asked or an outside expert. */
export function Whom({ asked, onOther }: { asked: Asked; onOther: () => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className={style.whom}>
      <legend className="visually-hidden">{t('expert.whom')}</legend>
      {(['office', 'expert'] as const).map((each) => (
        <label key={each}>
          <input type="radio" name="whom" checked={asked === each} onChange={onOther} />
          {t(each === 'office' ? 'expert.office' : 'expert.outside')}
        </label>
      ))}
    </fieldset>
  );
}
