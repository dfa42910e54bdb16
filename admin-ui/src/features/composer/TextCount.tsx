import { useTranslation } from 'react-i18next';
import type { DeliveryOption } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import type { Segments } from './segments';
import style from './TextCount.module.css';

interface Props {
  segments: Segments;
  /** The way a long text could go instead. */
  mail: DeliveryOption | undefined;
  onMail: (way: DeliveryOption) => void;
  /** Writes the text without what halves the room. */
  onSimplify: () => void;
}

/** Before a text message is sent: how many it takes, signature included, and the character that makes it dear. */
export function TextCount({ segments, mail, onMail, onSimplify }: Props) {
  const { t } = useTranslation();
  const { parts, units, room, forcing } = segments;
  return (
    <p className={style.line} data-many={parts > 1}>
      {t('composer.segments', { count: parts, units, room: parts * room })}
      {forcing && ` · ${t('composer.segmentsForced', { character: forcing })}`}
      {forcing && (
        <Button small look="quiet" title={t('composer.simplifyWhat')} onClick={onSimplify}>
          {t('composer.simplify')}
        </Button>
      )}
      {parts > 1 && mail && (
        <Button small look="quiet" title={mail.to.address} onClick={() => onMail(mail)}>
          {t('composer.byMail')}
        </Button>
      )}
    </p>
  );
}
