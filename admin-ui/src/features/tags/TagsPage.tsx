import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tag } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { fold } from '@/design/fold';
import { Tag as Word } from '@/design/Marks';
import { Page, PageHead } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { MergeDialog, TagDialog } from './TagDialogs';
import { TagChip } from './TagChip';
import { tagsQuery, useTags } from './tags';
import style from './Tags.module.css';

type Over = { what: 'tag'; tag?: Tag } | { what: 'merge'; tag: Tag };

/** "Etichette": the town's own words for requests. */
export function TagsPage() {
  const { t } = useTranslation();
  const query = useQuery(tagsQuery);
  const [words, setWords] = useState('');
  const [over, setOver] = useState<Over>();
  useTitle(t('tags.title'));
  const close = () => setOver(undefined);
  const all = query.data ?? [];
  const shown = all.filter((each) => fold(each.name).includes(fold(words.trim())));
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
      {all.length > 0 && shown.length === 0 && <Blank title={t('tags.nothing')} />}
      <ul className={style.list}>
        {shown.map((tag) => (
          <Row key={tag.id} tag={tag} onChange={() => setOver({ what: 'tag', tag })} onMerge={() => setOver({ what: 'merge', tag })} />
        ))}
      </ul>
      {over?.what === 'tag' && <TagDialog tag={over.tag} onClose={close} />}
      {over?.what === 'merge' && <MergeDialog tag={over.tag} all={all} onClose={close} />}
    </Page>
  );
}

function Row({ tag, onChange, onMerge }: { tag: Tag; onChange: () => void; onMerge: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { change } = useTags();
  const { name } = tag;
  const retire = () => change.mutate({ id: tag.id, retired: !tag.retired }, { onError: (error) => toast(text(error), { tone: 'danger' }) });
  return (
    <li>
      <TagChip tag={tag} />
      {tag.retired && <Word>{t('tags.retired')}</Word>}
      <div className={style.acts}>
        <Link to="/inbox/$queue" params={{ queue: 'all' }} search={{ tag: tag.id }} aria-label={t('tags.requestsOf', { name })}>
          {t('tags.requests')}
        </Link>
        <Button small onClick={onChange} aria-label={t('tags.changeOf', { name })}>
          {t('tags.change')}
        </Button>
        <Button small onClick={onMerge} aria-label={t('tags.mergeOf', { name })}>
          {t('tags.merge')}
        </Button>
        <Button small onClick={retire} disabled={change.isPending} aria-label={t(tag.retired ? 'tags.restoreOf' : 'tags.retireOf', { name })}>
          {t(tag.retired ? 'tags.restore' : 'tags.retire')}
        </Button>
      </div>
    </li>
  );
}
