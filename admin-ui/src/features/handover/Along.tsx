import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Message, Ticket } from '@/api/schema.gen';
import { inOrder, messagesQuery, senderName } from '@/features/conversation/messages';
import { useMinute } from '@/app/clock';
import { useMoments } from '@/i18n/words';
import style from './Along.module.css';

/** Messages and files of a ticket that go along with a question. */
export interface Chosen {
  messages: string[];
  files: string[];
}

interface Props {
  ticket: Ticket;
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
}

const toggled = (list: string[], item: string) => (list.includes(item) ? list.filter((each) => each !== item) : [...list, item]);

/** What people wrote on the ticket, with its files: nothing goes along unless it is ticked. Notes stay inside. */
export function Along({ ticket, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(messagesQuery(ticket.number));
  const said = inOrder(query.data).filter((each) => each.direction !== 'note' && !each.automatic);
  const count = chosen.messages.length + chosen.files.length;
  return (
    <details className={style.along}>
      <summary>
        <span className={style.title}>{t('expert.along')}</span>
        <span className={style.count}>
          {count === 0 ? t('expert.alongNone') : t('expert.alongSome', { messages: chosen.messages.length, files: chosen.files.length })}
        </span>
      </summary>
      {said.length === 0 ? (
        <p>{t('expert.nothing')}</p>
      ) : (
        <ul>
          {said.map((each) => (
            <Item key={each.id} message={each} chosen={chosen} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </details>
  );
}

function Item({ message, chosen, onChoose }: { message: Message; chosen: Chosen; onChoose: (chosen: Chosen) => void }) {
  const moments = useMoments();
  const now = useMinute();
  return (
    <li>
      <label>
        <input
          type="checkbox"
          checked={chosen.messages.includes(message.id)}
          onChange={() => onChoose({ ...chosen, messages: toggled(chosen.messages, message.id) })}
        />
        <span>
          <strong>{senderName(message)}</strong> {moments.date(message.created_at, now)} {moments.clock(message.created_at)}
          <span className={style.words}>{message.text.slice(0, 400)}</span>
        </span>
      </label>
      {message.attachments.map((file) => (
        <label key={file.id} className={style.file}>
          <input
            type="checkbox"
            disabled={file.scan === 'infected'}
            checked={chosen.files.includes(file.id)}
            onChange={() => onChoose({ ...chosen, files: toggled(chosen.files, file.id) })}
          />
          {file.name}
        </label>
      ))}
    </li>
  );
}
