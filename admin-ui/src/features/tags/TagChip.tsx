import { useTranslation } from 'react-i18next';
import type { Tag } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import style from './Tags.module.css';
import { useTagsOf } from './tags';

/** A tag: its name, with its colour beside it. */
export function TagChip({ tag, onRemove }: { tag: Tag; onRemove?: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <span className={style.chip} data-retired={tag.retired} title={tag.name}>
      <i className={style.dot} data-colour={tag.colour} aria-hidden="true" />
      <span className={style.name}>{tag.name}</span>
      {onRemove && (
        <button type="button" aria-label={t('tags.remove', { name: tag.name })} onClick={onRemove}>
          <Icon name="close" size={11} />
        </button>
      )}
    </span>
  );
}

/** Tags that fit into a row. */
const shown = 2;

/** The first tags of a ticket in a list, and how many more there are. */
export function RowTags({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const tags = useTagsOf(ids);
  if (tags.length === 0) return null;
  const rest = tags.slice(shown);
  const names = rest.map((each) => each.name).join(', ');
  return (
    <span className={style.few}>
      {tags.slice(0, shown).map((each) => (
        <TagChip key={each.id} tag={each} />
      ))}
      {rest.length > 0 && (
        <abbr className={style.rest} title={names}>
          +{rest.length}
          <span className="visually-hidden">{t('tags.more', { count: rest.length, names })}</span>
        </abbr>
      )}
    </span>
  );
}

/** All tags of a ticket. */
export function TagsLine({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const tags = useTagsOf(ids);
  if (tags.length === 0) return null;
  return (
    <div className={style.line} role="group" aria-label={t('tags.has')}>
      {tags.map((each) => (
        <TagChip key={each.id} tag={each} />
      ))}
    </div>
  );
}
