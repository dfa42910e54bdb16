import { useQuery } from '@tanstack/react-query';
import { useState, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tag } from '@/api/schema.gen';
import { Combobox } from '@/design/Combobox';
import { Icon } from '@/design/Icon';
import { TagChip } from './TagChip';
import { isNew, offered } from './names';
import { tagsQuery, useTagsOf } from './tags';
import style from './Tags.module.css';

interface Props {
  label: string;
  /** What the tags that are there are called together. */
  has: string;
  ids: readonly string[];
  error?: string | undefined;
  /** How many are listed: whoever looks for another one types. */
  listed?: number;
  inputRef?: Ref<HTMLInputElement>;
  onAdd: (tag: Tag) => void;
  onRemove: (tag: Tag) => void;
  /** Makes a tag of a name that no other has, and tells when it is there; absent where that is not offered. */
  onMake?: ((name: string, made: () => void) => void) | undefined;
}

/** The tags that are there, to take away, and a field to find others. */
export function TagPicker({ label, has, ids, error, listed = 8, inputRef, onAdd, onRemove, onMake }: Props) {
  const { t } = useTranslation();
  const all = useQuery(tagsQuery).data ?? [];
  const chosen = useTagsOf(ids);
  const [typed, setTyped] = useState('');
  const found: (Tag | string)[] = offered(all, ids, typed).slice(0, listed);
  if (onMake && isNew(all, typed)) found.push(typed.trim());
  const pick = (one: Tag | string) => {
    const done = () => setTyped('');
    if (typeof one === 'string') return onMake?.(one, done);
    onAdd(one);
    done();
  };
  return (
    <>
      {chosen.length > 0 && (
        <div className={style.line} role="group" aria-label={has}>
          {chosen.map((each) => (
            <TagChip key={each.id} tag={each} onRemove={() => onRemove(each)} />
          ))}
        </div>
      )}
      <Combobox
        label={label}
        results={t('tags.found')}
        hint={t('tags.hint')}
        error={error}
        inputRef={inputRef}
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
    </>
  );
}
