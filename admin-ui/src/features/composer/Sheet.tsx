import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { DraftKind, Message, Reply, Standing, Ticket, Upload } from '@/api/schema.gen';
import { announce } from '@/design/announce';
import { Icon } from '@/design/Icon';
import { useMe } from '@/features/session/me';
import { choiceQuery } from './choice';
import { isBlank } from './drafts';
import { Files } from './Files';
import { Foot } from './Foot';
import { Held } from './Held';
import { newerThan } from './newer';
import { Recipients } from './Recipients';
import { addressed, asRecipient, kindOf, objections, routeOf, ways } from './route';
import { RouteLine } from './RouteLine';
import { heldBy, simplified } from './segments';
import { Signed } from './Signed';
import { Tabs } from './Tabs';
import { TextCount } from './TextCount';
import { useSegments } from './useSegments';
import type { DraftHandle } from './useDraft';
import { useSend } from './useSend';
import { useUploads } from './useUploads';
import style from './Sheet.module.css';

const RichEditor = lazy(() => import('./RichEditor'));

interface Props {
  kind: DraftKind;
  kinds: readonly DraftKind[];
  ticket: Ticket;
  messages: readonly Message[];
  draft: DraftHandle;
  focus: boolean;
  onKind: (kind: DraftKind) => void;
  onClose: () => void;
  onShow: (id: string) => void;
}

/** A reply or a note being written. */
export function Sheet({ kind, kinds, ticket, messages, draft, focus, onKind, onClose, onShow }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const { writing, change } = draft;
  const attached = writing.attachments ?? [];
  const bytes = attached.reduce((sum, each) => sum + each.size, 0);
  const isReply = kind === 'reply';
  const segments = useSegments(writing.text, ticket.office.id, isReply);
  const choice = useQuery({ ...choiceQuery(ticket.number, bytes, heldBy(segments)), enabled: isReply });
  const route = routeOf(writing, choice.data);
  const [editingRoute, setEditingRoute] = useState(false);
  const [complaint, setComplaint] = useState<string>();
  const uploads = useUploads(attached.length, (done) => change((now) => ({ attachments: [...(now.attachments ?? []), done] })));
  const send = useSend(ticket, () => {
    draft.discard();
    onClose();
  });
  const seen = useSeen(isReply, draft, messages);
  const newer = isReply ? newerThan(messages, seen, me.id) : [];
  const drop = useDrop(uploads.add);

  const trySend = (status?: Reply['status'], standing?: Standing, anyway = false) => {
    const why = refusal({ text: writing.text, waiting: uploads.underway.length, noWay: isReply && !route.option, own: route.own });
    setComplaint(why && t(why));
    if (why) announce(t(why), true);
    else if (newer.length > 0 && !anyway) announce(t('composer.held.title', { count: newer.length }), true);
    else if (!send.isPending) {
      const last = messages.at(-1)?.id;
      const confirmed = last && isReply ? { seen_message_id: anyway || newer.length === 0 ? last : (seen ?? last) } : {};
      send.mutate({
        kind,
        writing: { ...(isReply ? addressed(writing, route) : writing), ...confirmed },
        ...(status && { status }),
        ...(standing && { standing }),
      });
    }
  };
  const middle = (
    <>
      <Files
        attached={attached}
        underway={uploads.underway}
        onDetach={(id) => change({ attachments: without(attached, id) })}
        onRemove={uploads.remove}
        onRetry={uploads.retry}
      />
      {isReply && <Signed office={ticket.office.id} kind={route.option?.channel.kind} />}
      {isReply && writing.text.trim() !== '' && kindOf(route, writing) === 'mobile' && (
        <TextCount
          segments={segments}
          mail={ways(choice.data).find((each) => each.to.kind === 'email')}
          onMail={(way) => change({ to: [asRecipient(way.to)], channel_id: way.channel.id })}
          onSimplify={() =>
            draft.replace({ ...writing, text: simplified(writing.text), ...(writing.html && { html: simplified(writing.html) }) })
          }
        />
      )}
      {complaint && (
        <p className={style.complaint} role="alert">
          <Icon name="warn" size={14} /> {complaint}
        </p>
      )}
    </>
  );
  return (
    <section className={style.sheet} data-kind={kind} data-dropping={drop.over} aria-label={t('composer.label')} {...drop.handlers}>
      <Tabs kind={kind} kinds={kinds} draft={draft} onKind={onKind} onClose={onClose} />
      {isReply && (
        <RouteLine
          route={route}
          objections={objections(writing, choice.data)}
          choice={choice.data}
          loading={choice.isPending}
          onChange={() => setEditingRoute(true)}
        />
      )}
      {(newer.length > 0 || hasCode(send.error, 'newer_message')) && (
        <Held
          newer={newer}
          onShow={onShow}
          onRead={() => change({ seen_message_id: messages.at(-1)?.id })}
          onAnyway={() => trySend(undefined, undefined, true)}
        />
      )}
      <Suspense fallback={<div className={style.wait} role="status" aria-label={t('loading')} />}>
        {draft.ready && (
          <RichEditor
            key={draft.revision}
            label={isReply ? t('composer.editorReply') : t('composer.editorNote')}
            placeholder={isReply ? t('composer.placeholderReply') : t('composer.placeholderNote')}
            start={writing}
            focus={focus}
            mentionsOn={isReply ? undefined : ticket.number}
            onChange={({ text, html }) => {
              setComplaint(undefined);
              change((now) => ({ text, html: html || undefined, ...(isReply && { seen_message_id: now.seen_message_id ?? seen }) }));
            }}
            onFiles={uploads.add}
            middle={middle}
            foot={
              <Foot
                kind={kind}
                draft={draft}
                busy={send.isPending}
                discardable={!isBlank(writing)}
                onFiles={uploads.add}
                onSend={trySend}
              />
            }
          />
        )}
      </Suspense>
      {drop.over && <p className={style.drop}>{t('composer.drop')}</p>}
      {editingRoute && (
        <Recipients ticket={ticket} writing={writing} choice={choice.data} onChange={change} onClose={() => setEditingRoute(false)} />
      )}
    </section>
  );
}

function without(files: readonly Upload[], id: string): Upload[] {
  return files.filter((each) => each.id !== id);
}

function refusal({ text, waiting, noWay, own }: { text: string; waiting: number; noWay: boolean; own: boolean }) {
  if (text.trim() === '') return 'composer.emptyText' as const;
  if (waiting > 0) return 'composer.waitUploads' as const;
  if (noWay) return own ? ('composer.routeNotThis' as const) : ('composer.routeNone' as const);
  return undefined;
}

/** The last message the writer had before the eyes when the writing began. */
function useSeen(isReply: boolean, draft: DraftHandle, messages: readonly Message[]): string | undefined {
  const [opened] = useState(() => messages.at(-1)?.id);
  return isReply ? (draft.writing.seen_message_id ?? opened) : undefined;
}

function useDrop(add: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      add([...event.dataTransfer.files]);
    },
  };
  return { over, handlers };
}
