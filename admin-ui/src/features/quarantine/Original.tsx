import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/schema.gen';
import { Broken } from '@/design/Blank';
import { Button } from '@/design/Button';
import { size } from '@/i18n/format';
import { useLanguage } from '@/i18n/words';
import { rawQuery, rawShown } from './items';
import { source } from './source';
import style from './Item.module.css';

/** The original as text: its head, or all of it. Nothing of it is ever rendered. */
export function Original({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [shown, setShown] = useState<'head' | 'whole'>();
  const query = useQuery({ ...rawQuery(item.id, item.raw_url), enabled: shown !== undefined });
  const toggle = (part: 'head' | 'whole') => () => setShown(shown === part ? undefined : part);
  return (
    <section className={style.section}>
      <h3>{t('quarantine.raw')}</h3>
      <p className={style.rawActs}>
        <Button small aria-expanded={shown === 'head'} onClick={toggle('head')}>
          {shown === 'head' ? t('quarantine.headHide') : t('quarantine.headShow')}
        </Button>
        <Button small aria-expanded={shown === 'whole'} onClick={toggle('whole')}>
          {shown === 'whole' ? t('quarantine.rawHide') : t('quarantine.rawShow')}
        </Button>
        <a href={item.raw_url} download>
          {t('quarantine.rawDownload')}
        </a>
      </p>
      {shown && query.isPending && <p role="status">{t('loading')}</p>}
      {shown && query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {shown && query.data && (
        <>
          {/* A region that scrolls must be reachable by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={style.raw} tabIndex={0} role="region" aria-label={t('quarantine.raw')}>
            {source(query.data.text)[shown]}
          </pre>
          {query.data.cut && <p className={style.cut}>{t('quarantine.rawCut', { size: size(rawShown, language) })}</p>}
        </>
      )}
    </section>
  );
}
