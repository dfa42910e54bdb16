import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DuplicatePair } from '@/api/schema.gen';
import { Blank } from '@/design/Blank';
import { Split } from '@/design/Split';
import { TaskList } from '@/design/TaskList';
import { useTitle } from '@/design/useTitle';
import { useReason } from '@/i18n/words';
import { Pair } from './Pair';
import { pairsQuery } from './pairs';
import style from './Pairs.module.css';

/** Who may be twice among the town's contacts: pairs with the reason, to be merged or told apart by a person. */
export function PairsPage() {
  const { t } = useTranslation();
  const { item } = useSearch({ from: '/inside/duplicates' });
  const query = useInfiniteQuery(pairsQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = items.find((each) => each.id === item);
  useTitle(t('nav.pairs'));
  return (
    <Split
      title={t('nav.pairs')}
      lead={t('pairs.lead')}
      chosen={chosen !== undefined}
      list={
        <TaskList
          label={t('pairs.list')}
          query={{ ...query, items }}
          chosen={item}
          empty={<Blank title={t('pairs.none.title')} body={t('pairs.none.body')} />}
          row={(each) => <Row pair={each} />}
        />
      }
      detail={chosen ? <Pair key={chosen.id} pair={chosen} /> : items.length > 0 && <Blank quiet title={t('pairs.choose')} />}
    />
  );
}

function Row({ pair }: { pair: DuplicatePair }) {
  const { t } = useTranslation();
  const reason = useReason('contact.reason');
  const names = [pair.one, pair.other].map((each) => each.name || t('inbox.unknownContact'));
  return (
    <>
      <strong className={style.names}>{names.join(' · ')}</strong>
      <span className={style.strength} data-strength={pair.strength}>
        {t(`pairs.strength.${pair.strength}`)}
      </span>
      <span className={style.why}>{pair.reasons.map((each) => reason(each)).join(' · ')}</span>
    </>
  );
}
