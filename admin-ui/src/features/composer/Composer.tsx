import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DraftKind, Message, Ticket } from '@/api/schema.gen';
import { useStore } from '@/app/store';
import { Icon } from '@/design/Icon';
import { Keys } from '@/design/Marks';
import { command, useCommands } from '@/features/command/registry';
import { useContactName } from '@/features/contact/useContactName';
import { useMay } from '@/features/session/me';
import { isBlank } from './drafts';
import { behind, inserted } from './inserted';
import { Sheet } from './Sheet';
import { givenBack, useDraft } from './useDraft';
import style from './Composer.module.css';

interface Props {
  ticket: Ticket;
  messages: readonly Message[];
  onShow: (id: string) => void;
}

/** The place to write: closed it is one line, open it is a sheet whose colour says whether it leaves the house. */
export function Composer({ ticket, messages, onShow }: Props) {
  const { t } = useTranslation();
  const nameOf = useContactName();
  const mayReply = useMay('ticket.reply');
  const mayNote = useMay('ticket.note');
  const reply = useDraft(ticket.number, 'reply', mayReply);
  const note = useDraft(ticket.number, 'note', mayNote);
  const [chosen, setChosen] = useState<DraftKind | 'closed'>();
  const [focus, setFocus] = useState(false);
  const left = mayReply && !isBlank(reply.writing) ? 'reply' : !isBlank(note.writing) ? 'note' : 'closed';
  const open = chosen ?? left;
  // A text that comes back from a send that was called off must be before the eyes again.
  const back = useStore(givenBack);
  const [taken, setTaken] = useState(back?.nth);
  if (back && back.nth !== taken) {
    setTaken(back.nth);
    if (back.number === ticket.number) setChosen(back.kind);
  }
  const show = useMemo(
    () => (kind: DraftKind) => {
      setFocus(true);
      setChosen(kind);
    },
    [],
  );
  const commands = useMemo(
    () => [
      ...(mayReply
        ? [
            command({
              id: 'reply',
              title: t('command.reply'),
              synonyms: t('command.synonyms.reply'),
              icon: 'reply',
              run: () => show('reply'),
            }),
          ]
        : []),
      ...(mayNote
        ? [command({ id: 'note', title: t('command.note'), synonyms: t('command.synonyms.note'), icon: 'note', run: () => show('note') })]
        : []),
    ],
    [mayReply, mayNote, t, show],
  );
  useCommands(commands);
  useEffect(
    () =>
      inserted.subscribe(() => {
        const given = inserted.get();
        if (!mayReply || given?.number !== ticket.number) return;
        reply.replace({ ...reply.writing, ...behind(reply.writing, given.text) });
        show('reply');
      }),
    [mayReply, ticket.number, reply, show],
  );
  if (!mayReply && !mayNote) return null;
  if (open === 'closed') {
    return (
      <div className={style.closed}>
        {mayReply && (
          <button type="button" className={style.reply} onClick={() => show('reply')}>
            <Icon name="reply" />
            <span>{t('composer.replyTo', { name: nameOf(ticket) })}</span>
            <Keys>r</Keys>
          </button>
        )}
        {mayNote && (
          <button type="button" className={style.note} onClick={() => show('note')}>
            <Icon name="note" />
            <span>{t('composer.note')}</span>
            <Keys>n</Keys>
          </button>
        )}
      </div>
    );
  }
  const draft = open === 'reply' ? reply : note;
  return (
    <Sheet
      key={open}
      kind={open}
      kinds={[...(mayReply ? (['reply'] as const) : []), ...(mayNote ? (['note'] as const) : [])]}
      ticket={ticket}
      messages={messages}
      draft={draft}
      focus={focus}
      onKind={show}
      onClose={() => setChosen('closed')}
      onShow={onShow}
    />
  );
}
