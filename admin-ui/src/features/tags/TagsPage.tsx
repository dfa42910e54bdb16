import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tag } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import catalogue from '@/design/Catalogue.module.css';
import { TextField } from '@/design/Field';
import { fold } from '@/design/fold';
import { Tag as Word } from '@/design/Marks';
import { More, usePortion } from '@/design/More';
import { Page, PageHead } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { useMay } from '@/features/session/me';
import { MergeDialog, RetireDialog, TagDialog } from './TagDialogs';
import { TagChip } from './TagChip';
import { tagsQuery, useTags } from './tags';
import style from './Tags.module.css';

type Over = { what: 'tag'; tag?: Tag } | { what: 'merge' | 'retire'; tag: Tag };

/** "Etichette": the town's own words for requests. */
export function TagsPage() {
  const { t } = useTranslation();
  useTitle(t('tags.title'));
  return useMay('tag.manage') ? <Tags /> : <Blank title={t('tags.forbidden')} />;
}

function Tags() {
  const { t } = useTranslation();
  const query = useQuery(tagsQuery);
  const [words, setWords] = useState('');
  const [over, setOver] = useState<Over>();
  const close = () => setOver(undefined);
  const all = query.data ?? [];
  const wanted = fold(words.trim());
  const found = all.filter((each) => fold(each.name).includes(wanted));
  const { shown, ...more } = usePortion(found);
  const list = useRef<HTMLUListElement>(null);
  return (
    <Page>
      <PageHead
        title={t('tags.title')}
        lead={t('tags.lead')}
        acts={
          <Button look="primary" icon="plus" onClick={() => setOver({ what: 'tag' })}>
            {t('tags.make')}
          </Button>
        }
      />
      {all.length > 8 && (
        <div className={style.search}>
          <TextField label={t('tags.search')} type="search" value={words} onChange={(event) => setWords(event.target.value)} />
        </div>
      )}
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton rows={5} label={t('loading')} />}
      {query.isSuccess && all.length === 0 && <Blank title={t('tags.none')} body={t('tags.noneBody')} />}
      {all.length > 0 && found.length === 0 && <Blank title={t('tags.nothing')} />}
      <ul ref={list} className={`${catalogue.list} ${style.list}`}>
        {shown.map((tag) => (
          <Row
            key={tag.id}
            tag={tag}
            onChange={() => setOver({ what: 'tag', tag })}
            onMerge={() => setOver({ what: 'merge', tag })}
            onRetire={() => setOver({ what: 'retire', tag })}
          />
        ))}
      </ul>
      <More list={list} {...more} />
      {over?.what === 'tag' && <TagDialog tag={over.tag} onClose={close} />}
      {over?.what === 'retire' && <RetireDialog tag={over.tag} onClose={close} />}
      {over?.what === 'merge' && <MergeDialog tag={over.tag} all={all} onClose={close} />}
    </Page>
  );
}

function Row({ tag, onChange, onMerge, onRetire }: { tag: Tag; onChange: () => void; onMerge: () => void; onRetire: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { change } = useTags();
  const { name } = tag;
  const restore = () => change.mutate({ id: tag.id, retired: false }, { onError: (error) => toast(text(error), { tone: 'danger' }) });
  return (
    <li>
      <TagChip tag={tag} />
      {tag.retired && <Word>{t('tags.retired')}</Word>}
      <div className={catalogue.acts}>
        <Link to="/inbox/$queue" params={{ queue: 'all' }} search={{ tag: tag.id }} aria-label={t('tags.requestsOf', { name })}>
          {t('tags.requests')}
        </Link>
        <Button small onClick={onChange} aria-label={t('tags.changeOf', { name })}>
          {t('tags.change')}
        </Button>
        <Button small onClick={onMerge} aria-label={t('tags.mergeOf', { name })}>
          {t('tags.merge')}
        </Button>
        <Button
          small
          onClick={tag.retired ? restore : onRetire}
          disabled={change.isPending}
          aria-label={t(tag.retired ? 'tags.restoreOf' : 'tags.retireOf', { name })}
        >
          {t(tag.retired ? 'tags.restore' : 'tags.retire')}
        </Button>
      </div>
    </li>
  );
}
