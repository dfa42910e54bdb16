import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { actKey, api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { DraftKind, Reply, Standing, Ticket } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { announce } from '@/design/announce';
import { toast } from '@/design/toasts';
import { useContactName } from '@/features/contact/useContactName';
import { putMessage } from '@/features/conversation/messages';
import { mentionsIn } from '@/features/mention/mentions';
import { refreshTickets } from '@/features/ticket/tickets';
import type { Writing } from './drafts';
import { remember } from './pending';

/** Seconds a reply waits before it leaves. */
const undoSeconds = 10;

/** What is sent, and how the ticket stands afterwards. */
export interface Sending {
  kind: DraftKind;
  writing: Writing;
  status?: Reply['status'];
  /** What is said of that status. */
  standing?: Standing;
}

/** Sends a reply or adds a note. The same content tried again is the same act, so that no try makes a second message. */
export function useSend(ticket: Ticket, onSent: (kind: DraftKind) => void) {
  const { t } = useTranslation();
  const text = useProblemText();
  const field = useFieldText();
  const client = useQueryClient();
  const nameOf = useContactName();
  const act = useRef({ content: '', key: '' });
  const keyFor = (content: string) => {
    if (act.current.content !== content) act.current = { content, key: actKey() };
    return act.current.key;
  };
  return useMutation({
    mutationFn: ({ kind, writing, status, standing }: Sending) => {
      const path = { number: ticket.number };
      const header = { 'Idempotency-Key': keyFor(JSON.stringify([kind, writing, status, standing])) };
      return kind === 'note'
        ? body(api.POST('/tickets/{number}/notes', { params: { path, header }, body: noteOf(writing) }))
        : body(
            api.POST('/tickets/{number}/replies', {
              params: { path, header },
              body: { ...replyOf(writing, status), ...(standing && { standing }) },
            }),
          );
    },
    onSuccess: (message, { kind, writing }) => {
      act.current = { content: '', key: '' };
      putMessage(client, ticket.number, message);
      if (kind === 'reply') {
        remember(message, ticket.number, nameOf(ticket), writing);
        announce(t('composer.undo.countdown', { name: nameOf(ticket), count: undoSeconds }));
      } else toast(t('composer.noteAdded'));
      onSent(kind);
      void refreshTickets(client, [ticket.number]);
      for (const queryKey of [['counts'], ['events', ticket.number]]) {
        void client.invalidateQueries({ queryKey });
      }
    },
    onError: (error) => {
      if (hasCode(error, 'newer_message')) void client.invalidateQueries({ queryKey: ['messages', ticket.number] });
      else toast(t('composer.failed', { why: field(error, 'mentions') ?? text(error) }), { tone: 'danger' });
    },
  });
}

function noteOf(writing: Writing) {
  const mentions = mentionsIn(writing.html);
  return { text: writing.text, ...content(writing), ...(mentions.length && { mentions }) };
}

function replyOf(writing: Writing, status: Reply['status']): Reply {
  return {
    text: writing.text,
    ...content(writing),
    delay_seconds: undoSeconds,
    ...(writing.subject && { subject: writing.subject }),
    ...(writing.to?.length && { to: writing.to }),
    ...(writing.cc && { cc: writing.cc }),
    ...(writing.channel_id && { channel_id: writing.channel_id }),
    ...(writing.seen_message_id && { seen_message_id: writing.seen_message_id }),
    ...(status && { status }),
  };
}

function content(writing: Writing) {
  return {
    ...(writing.html && { html: writing.html }),
    ...(writing.attachments?.length && { attachments: writing.attachments.map((each) => each.id) }),
  };
}
