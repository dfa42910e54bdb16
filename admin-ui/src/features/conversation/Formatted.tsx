import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Message, MessageContents } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { isDark } from '@/features/session/theme';
import { useLanguage } from '@/i18n/words';
import { LetterLinks } from './LetterLinks';
import { senderName } from './messages';
import style from './Formatted.module.css';

function contentsQuery(id: string, width: number) {
  return {
    queryKey: ['contents', id, width] as const,
    enabled: width > 0,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      body(api.GET('/messages/{id}/html/contents', { params: { path: { id }, query: { width } }, signal })),
    staleTime: Infinity,
  };
}

/**
 * The formatted page of a message in a frame without scripts and without our origin; links open outside. What the frame
 * would fetch, and where it leads, stands around it: a letter cannot imitate that.
 */
export function Formatted({ message, url }: { message: Message; url: string }) {
  const { t } = useTranslation();
  const [tall, setTall] = useState(false);
  const [all, setAll] = useState(false);
  const [width, setWidth] = useState(0);
  const measure = useCallback((place: HTMLDivElement | null) => {
    if (place) setWidth(Math.min(4000, Math.max(100, place.clientWidth)));
  }, []);
  const contents = useQuery(contentsQuery(message.id, width));
  return (
    <div ref={measure}>
      {contents.data && <Remote contents={contents.data} shown={all} onShow={() => setAll(true)} />}
      {width > 0 && <Frame message={message} url={url} all={all} width={width} height={tall ? '82vh' : guessed(contents.data, all)} />}
      <div className={style.below}>
        <button type="button" className={style.link} onClick={() => setTall(!tall)}>
          {tall ? t('conversation.shorter') : t('conversation.taller')}
        </button>
        {contents.data && <LetterLinks items={contents.data.links} />}
      </div>
    </div>
  );
}

/** The frame runs no script and cannot tell its height: the hub has made a guess for this width, without pictures elsewhere. */
function guessed(contents: MessageContents | undefined, all: boolean): string {
  if (!contents) return '9rem';
  const pictures = all ? contents.remote.pictures * 120 : 0;
  return `${Math.min(640, Math.max(72, contents.height + pictures + 12))}px`;
}

interface FrameProps {
  message: Message;
  url: string;
  all: boolean;
  width: number;
  height: string;
}

function Frame({ message, url, all, width, height }: FrameProps) {
  const { t } = useTranslation();
  const lang = useLanguage();
  const query = new URLSearchParams({
    theme: isDark() ? 'dark' : 'light',
    lang,
    width: String(width),
    ...(all && { images: 'all' }),
  });
  return (
    <iframe
      className={style.frame}
      style={{ height }}
      title={t('conversation.frame', { name: senderName(message) })}
      src={`${url}?${query.toString()}`}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      loading="lazy"
    />
  );
}

/** What was not fetched, from where, and the way to see the pictures of this one message. */
function Remote({ contents, shown, onShow }: { contents: MessageContents; shown: boolean; onShow: () => void }) {
  const { t } = useTranslation();
  const { pictures, trackers, backgrounds, hosts } = contents.remote;
  if (pictures + trackers + backgrounds === 0) return null;
  const others = hosts.length - 2;
  const from = hosts.slice(0, 2).join(', ') + (others > 0 ? ` ${t('conversation.remote.others', { count: others })}` : '');
  const unseen = trackers + backgrounds;
  return (
    <p className={style.remote} role="status">
      <Icon name="image" size={14} />
      <span title={hosts.join('\n')}>
        {pictures === 0
          ? t('conversation.remote.unseen', { count: unseen, from })
          : shown
            ? t('conversation.remote.shown', { count: pictures })
            : t('conversation.remote.blocked', { count: pictures, from })}
        {pictures > 0 && trackers > 0 && ` ${t('conversation.remote.trackers', { count: trackers })}`}{' '}
        {pictures > 0 && !shown && (
          <button type="button" className={style.link} onClick={onShow} title={t('conversation.remote.hint')}>
            {t('conversation.remote.show')}
          </button>
        )}
      </span>
    </p>
  );
}
