import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { identityQuery } from '@/features/ticket/tickets';
import { segmentsOf, transliterated } from './segments';
import style from './TextCount.module.css';

/** Before a text message is sent: how many it takes, signature included, and the character that makes it dear. */
export function TextCount({ text, office }: { text: string; office: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(identityQuery(office));
  if (text.trim() === '') return null;
  const sent = transliterated(data?.signature ? `${text}\n\n-- \n${data.signature}` : text);
  const { parts, units, room, forcing } = segmentsOf(sent);
  return (
    <p className={style.line} data-many={parts > 1}>
      {t('composer.segments', { count: parts, units, room: parts * room })}
      {forcing && ` · ${t('composer.segmentsForced', { character: forcing })}`}
    </p>
  );
}
