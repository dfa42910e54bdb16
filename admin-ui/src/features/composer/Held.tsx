import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { senderName } from '@/features/conversation/messages';
import { useMoments } from '@/i18n/words';
import style from './Held.module.css';

interface Props {
  newer: readonly Message[];
  onRead: () => void;
  onAnyway: () => void;
  onShow: (id: string) => void;
}

/** Says that something arrived while one was writing; nothing leaves until it is confirmed as read. */
export function Held({ newer, onRead, onAnyway, onShow }: Props) {
  const { t } = useTranslation();
  const moments = useMoments();
  const first = newer[0];
  if (!first) return null;
  return (
    <section className={style.held} role="alert" aria-label={t('composer.held.title', { count: newer.length })}>
      <Icon name="bell" />
      <div>
        <h2>{t('composer.held.title', { count: newer.length })}</h2>
        <p>
          {t('composer.held.by', { name: senderName(first), time: moments.clock(first.created_at) })}: <q>{excerpt(first.text)}</q>
        </p>
        <p className={style.body}>{t('composer.held.body')}</p>
      </div>
      <div className={style.acts}>
        <Button small onClick={() => onShow(first.id)}>
          {t('composer.held.show')}
        </Button>
        <Button small look="primary" onClick={onRead}>
          {t('composer.held.read')}
        </Button>
        <Button small look="quiet" onClick={onAnyway}>
          {t('composer.held.anyway')}
        </Button>
      </div>
    </section>
  );
}

function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
