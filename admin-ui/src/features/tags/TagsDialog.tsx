import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tag, Ticket } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { announce } from '@/design/announce';
import { Combobox } from '@/design/Combobox';
import { Dialog } from '@/design/Dialog';
import { Icon } from '@/design/Icon';
import { useMay } from '@/features/session/me';
import { useUpdateTicket } from '@/features/ticket/tickets';
import { TagChip } from './TagChip';
import { isNew, offered } from './names';
import { tagsQuery, useTags, useTagsOf } from './tags';
import style from './Tags.module.css';

/** How many are listed: whoever looks for another one types. */
const listed = 8;

/** Puts tags on a ticket and takes them away; who may makes one on the spot. */
export function TagsDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const field = useFieldText();
  const all = useQuery(tagsQuery).data ?? [];
  const has = useTagsOf(ticket.tags);
  const makes = useMay('tag.manage');
  const { make } = useTags();
  const { mutate, error } = useUpdateTicket(ticket);
  const [typed, setTyped] = useState('');
  const found: (Tag | string)[] = offered(all, ticket.tags, typed).slice(0, listed);
  if (makes && isNew(all, typed)) found.push(typed.trim());
  const add = (tag: Tag) => {
    mutate({ add_tags: [tag.id] }, { onSuccess: () => announce(t('event.tagged', { name: tag.name })) });
    setTyped('');
  };
  const pick = (one: Tag | string) => (typeof one === 'string' ? make.mutate({ name: one }, { onSuccess: add }) : add(one));
  const wrong = error ?? make.error;
  return (
    <Dialog title={t('tags.dialog')} onClose={onClose}>
      <div className={style.form}>
        {has.length > 0 && (
          <div className={style.line} role="group" aria-label={t('tags.has')}>
            {has.map((each) => (
              <TagChip key={each.id} tag={each} onRemove={() => mutate({ remove_tags: [each.id] }, { onSuccess: () => announce(t('event.untagged', { name: each.name })) })} />
            ))}
          </div>
        )}
        <Combobox
          label={t('tags.add')}
          results={t('tags.found')}
          hint={t('tags.hint')}
          text={typed}
          onText={setTyped}
          found={found}
          keyOf={(one) => (typeof one === 'string' ? 'new' : one.id)}
          onPick={pick}
        >
          {(one) =>
            typeof one === 'string' ? (
              <span className={style.option}>
                <Icon name="plus" size={13} /> {t('tags.makeNamed', { name: one })}
              </span>
            ) : (
              <span className={style.option}>
                <i className={style.dot} data-colour={one.colour} aria-hidden="true" /> {one.name}
              </span>
            )
          }
        </Combobox>
        {wrong && (
          <p role="alert" className={style.problem}>
            {field(wrong, 'add_tags') ?? field(wrong, 'name') ?? text(wrong)}
          </p>
        )}
      </div>
    </Dialog>
  );
}
