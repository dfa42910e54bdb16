import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import style from './Shared.module.css';

/** Why one sees a ticket of another office, and what one may do with it. */
export function Shared({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  return (
    <p className={style.shared}>
      <Icon name="office" size={14} />
      <span>{t('shared.body', { office: ticket.office.name })}</span>
    </p>
  );
}
