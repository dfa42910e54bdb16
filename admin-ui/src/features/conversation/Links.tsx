import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { TicketNumber } from '@/design/Marks';
import style from './Links.module.css';

/** Other tickets that this one has to do with: a fact, nothing to decide. */
export function Links({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  if (ticket.links.length === 0) return null;
  return (
    <ul className={style.links} aria-label={t('linked.label')}>
      {ticket.links.map((each) => (
        <li key={`${each.kind} ${each.ticket}`}>
          <Icon name="link" size={13} />
          <span>
            {t(each.later ? `linked.${each.kind}_later` : `linked.${each.kind}`)}{' '}
            <Link to="/inbox/$queue/$number" params={{ queue: 'all', number: each.ticket }}>
              <TicketNumber value={each.ticket} />
            </Link>{' '}
            {each.subject} · {t(`status.${each.status}`)}
          </span>
        </li>
      ))}
    </ul>
  );
}
