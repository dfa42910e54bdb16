import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/schema.gen';
import { useMe } from '@/features/session/me';
import style from './Mentions.module.css';

/** Whom a note names, as they are called at present. */
export function Mentioned({ message }: { message: Message }) {
  const { t } = useTranslation();
  const me = useMe();
  if (!message.mentions?.length) return null;
  return (
    <ul className={style.mentioned} aria-label={t('mention.mentioned')}>
      {message.mentions.map((each) => (
        <li key={each.operator_id ?? each.office_id} data-me={each.operator_id === me.id}>
          @{each.name}
        </li>
      ))}
    </ul>
  );
}
