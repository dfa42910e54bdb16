import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ContactReader } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { useMoments } from '@/i18n/words';
import { readersQuery } from './audit';
import { useWording } from './useWording';
import style from './Readers.module.css';

/** Who read about a citizen: fetched when asked for, because asking is recorded too. */
export function ReadersDialog({ contact, onClose }: { contact: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('audit.readers.title')} onClose={onClose} actions={<Button onClick={onClose}>{t('close')}</Button>}>
      <Readers contact={contact} />
    </Dialog>
  );
}

function Readers({ contact }: { contact: string }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const query = useQuery(readersQuery(contact));
  if (query.isPending) return <p role="status">{t('loading')}</p>;
  if (query.isError) return <p role="alert">{text(query.error)}</p>;
  return (
    <>
      {query.data.length === 0 ? (
        <p>{t('audit.readers.nobody')}</p>
      ) : (
        <ul className={style.readers}>
          {query.data.map((each) => (
            <Reader key={each.actor} reader={each} />
          ))}
        </ul>
      )}
      <small className={style.hint}>{t('audit.readers.hint')}</small>
    </>
  );
}

function Reader({ reader }: { reader: ContactReader }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  const { actor } = useWording();
  const where = [reader.role && t(`settings.role.${reader.role}`), ...reader.offices].filter(Boolean).join(' · ');
  const first = moments.date(reader.first_at, now);
  const last = moments.date(reader.last_at, now);
  return (
    <li>
      <strong>{actor(reader.actor, reader.name)}</strong>
      {where && <small>{where}</small>}
      <small>
        {reader.through.map((each) => t(`audit.readers.through.${each}`)).join(', ')} ·{' '}
        {first === last ? last : t('audit.readers.between', { first, last })}
        {reader.acts > 0 && ` · ${t('audit.readers.acted')}`}
      </small>
    </li>
  );
}
