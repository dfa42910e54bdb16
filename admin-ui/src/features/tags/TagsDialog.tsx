import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tag, Ticket } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { announce } from '@/design/announce';
import { Dialog } from '@/design/Dialog';
import { Refusal } from '@/design/Refusal';
import { useMay } from '@/features/session/me';
import { useUpdateTicket } from '@/features/ticket/tickets';
import { TagPicker } from './TagPicker';
import { tagsQuery, useTags } from './tags';
import style from './Tags.module.css';

/** Puts tags on a ticket and takes them away; who may makes one on the spot. */
export function TagsDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const field = useFieldText();
  const all = useQuery(tagsQuery).data;
  const makes = useMay('tag.manage');
  const { make } = useTags();
  const { mutate, error } = useUpdateTicket(ticket);
  const none = all !== undefined && ticket.tags.length === 0 && all.every((each) => each.retired);
  const search = useRef<HTMLInputElement>(null);
  const said = useRef<HTMLDivElement>(null);
  // Who can neither pick nor make one is told so.
  useEffect(() => (search.current ?? said.current)?.focus(), [none, makes]);
  const add = (tag: Tag) => mutate({ add_tags: [tag.id] }, { onSuccess: () => announce(t('event.tagged', { name: tag.name })) });
  const remove = (tag: Tag) => mutate({ remove_tags: [tag.id] }, { onSuccess: () => announce(t('event.untagged', { name: tag.name })) });
  const create = (name: string, made: () => void) =>
    make.mutate(
      { name },
      {
        onSuccess: (tag) => {
          add(tag);
          made();
        },
      },
    );
  const wrong = error ?? make.error;
  return (
    <Dialog title={t('tags.dialog')} onClose={onClose}>
      <div className={style.form}>
        {none && (
          <div ref={said} tabIndex={-1} className={style.none}>
            <p>{t('tags.townHasNone')}</p>
            {makes ? <Link to="/tags">{t('tags.toPage')}</Link> : <p>{t('tags.askAdmin')}</p>}
          </div>
        )}
        {(makes || !none) && (
          <TagPicker
            label={t('tags.add')}
            has={t('tags.has')}
            ids={ticket.tags}
            inputRef={search}
            onAdd={add}
            onRemove={remove}
            onMake={makes ? create : undefined}
          />
        )}
        {wrong && <Refusal>{field(wrong, 'add_tags') ?? field(wrong, 'name') ?? text(wrong)}</Refusal>}
      </div>
    </Dialog>
  );
}
