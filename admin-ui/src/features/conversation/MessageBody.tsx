import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { Formatted } from './Formatted';
import { cutQuoted, pieces } from './quoted';
import style from './MessageBody.module.css';

/**
 * What a message says. Plain text first: it is calm, equal for all and cannot deceive; the formatted page is one press
 * away, and comes first only where the text alone would lose something.
 */
export function MessageBody({ message, tools }: { message: Message; tools?: ReactNode }) {
  const { t } = useTranslation();
  const [formatted, setFormatted] = useState(() => prefersHtml(message));
  const html = message.html_url;
  return (
    <div className={style.body}>
      {formatted && html ? <Formatted message={message} url={html} /> : <Plain text={message.text} />}
      {message.truncated && <p className={style.aside}>{t('conversation.truncated')}</p>}
      {(html || message.raw_url || message.direction === 'inbound') && (
        <p className={style.tools} data-shown={html !== undefined && message.direction === 'inbound'}>
          {html && (
            <Button small look="quiet" onClick={() => setFormatted(!formatted)}>
              {formatted ? t('conversation.asText') : t('conversation.asHtml')}
            </Button>
          )}
          {message.raw_url && (
            <a className={style.raw} href={message.raw_url} download>
              <Icon name="download" size={13} /> {t('conversation.raw')}
            </a>
          )}
          {tools}
        </p>
      )}
    </div>
  );
}

function prefersHtml(message: Message): boolean {
  return message.html_url !== undefined && (message.text.trim() === '' || message.attachments.some((each) => each.inline));
}

function Plain({ text }: { text: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { own, quoted, lines } = useMemo(() => cutQuoted(text), [text]);
  if (!text.trim()) return <p className={style.aside}>{t('conversation.noText')}</p>;
  return (
    <div className={style.text}>
      <Linked text={own} />
      {quoted && (
        <>
          <button type="button" className={style.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name="quote" size={12} />
            {open ? t('conversation.hideQuoted') : t('conversation.showQuoted', { count: lines })}
          </button>
          {open && (
            <blockquote>
              <Linked text={quoted} />
            </blockquote>
          )}
        </>
      )}
    </div>
  );
}

/** Blank lines part paragraphs; every other line end stays where the writer put it. */
function Linked({ text }: { text: string }) {
  return text
    .split(/\n[ \t]*\n\s*/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph, index) => (
      <p key={index}>
        <Pieces text={paragraph} />
      </p>
    ));
}

function Pieces({ text }: { text: string }) {
  return (
    <>
      {pieces(text).map((piece, index) =>
        piece.href ? (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
