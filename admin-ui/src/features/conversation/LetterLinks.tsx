import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MessageLink } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { Icon } from '@/design/Icon';
import style from './LetterLinks.module.css';

/** Where a letter leads. A link whose text names another place opens only after a question. */
export function LetterLinks({ items }: { items: readonly MessageLink[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [doubted, setDoubted] = useState<MessageLink>();
  if (items.length === 0) return null;
  const pretending = items.filter((each) => each.pretends).length;
  return (
    <>
      <button type="button" className={style.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('conversation.links.count', { count: items.length })}
      </button>
      {pretending > 0 && (
        <span className={style.warning}>
          <Icon name="warn" size={13} /> {t('conversation.links.pretending', { count: pretending })}
        </span>
      )}
      {open && (
        <ul className={style.list} aria-label={t('conversation.links.label')}>
          {items.map((link, index) => (
            <li key={index}>
              <span className={style.text}>{link.text || t('conversation.links.picture')}</span>
              <Way link={link} onDoubt={() => setDoubted(link)} />
            </li>
          ))}
        </ul>
      )}
      {doubted && <Doubt link={doubted} onClose={() => setDoubted(undefined)} />}
    </>
  );
}

function Way({ link, onDoubt }: { link: MessageLink; onDoubt: () => void }) {
  if (link.pretends) {
    return (
      <button type="button" className={`${style.host} ${style.pretends}`} title={link.url} onClick={onDoubt}>
        {link.host}
      </button>
    );
  }
  return (
    <a className={style.host} href={link.url} title={link.url} target="_blank" rel="noopener noreferrer nofollow">
      {link.host}
    </a>
  );
}

function Doubt({ link, onClose }: { link: MessageLink; onClose: () => void }) {
  const { t } = useTranslation();
  const follow = () => {
    window.open(link.url, '_blank', 'noopener,noreferrer');
    onClose();
  };
  return (
    <Dialog
      title={t('conversation.links.doubt')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" onClick={follow}>
            {t('conversation.links.follow', { host: link.host })}
          </Button>
        </>
      }
    >
      <p>{t('conversation.links.says', { text: link.text })}</p>
      <p>{t('conversation.links.leads', { host: link.host })}</p>
      <p className={style.address}>{link.url}</p>
    </Dialog>
  );
}
