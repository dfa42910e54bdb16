import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { QuarantinePile } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { Picker } from '@/design/Picker';
import { useCoded } from '@/i18n/words';
import { pilesQuery, type QuarantineFilter } from './items';
import style from './List.module.css';

/** What waits or what was put aside, and of it only one reason or one channel. */
export function Filters({ filter }: { filter: QuarantineFilter }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const navigate = useNavigate({ from: '/quarantine' });
  const piles = useQuery(pilesQuery).data ?? [];
  const reasons = counted(piles, (pile) => [pile.reason, coded('quarantine.code', pile.reason)]);
  const channels = counted(piles, (pile) => [pile.channel.id, pile.channel.name]);
  const narrow = (by: 'reason' | 'channel') => (value: string) =>
    void navigate({ search: ({ [by]: _, item: __, ...rest }) => ({ ...rest, ...(value && { [by]: value }) }) });
  return (
    <div className={style.filters}>
      <nav aria-label={t('quarantine.which')} className={style.tabs}>
        {(['open', 'discarded'] as const).map((state) => (
          <Link
            key={state}
            to="/quarantine"
            search={state === 'open' ? {} : { state }}
            className={style.tab}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={filter.state === state ? 'page' : undefined}
          >
            {t(`quarantine.tab.${state}`)}
          </Link>
        ))}
      </nav>
      {filter.state === 'open' && (
        <>
          <Choose
            label={t('quarantine.filterReason')}
            any={t('quarantine.anyReason')}
            value={filter.reason}
            choices={reasons}
            onPick={narrow('reason')}
          />
          <Choose
            label={t('quarantine.channel')}
            any={t('quarantine.anyChannel')}
            value={filter.channel}
            choices={channels}
            onPick={narrow('channel')}
          />
        </>
      )}
    </div>
  );
}

interface ChooseProps {
  label: string;
  any: string;
  value: string | undefined;
  choices: { value: string; label: string; hint: string }[];
  onPick: (value: string) => void;
}

function Choose({ label, any, value, choices, onPick }: ChooseProps) {
  return (
    <Picker label={label} choices={[{ value: '', label: any }, ...choices]} value={value ?? ''} className={style.filter} onPick={onPick}>
      <span className={style.cutting}>{value ? (choices.find((each) => each.value === value)?.label ?? value) : any}</span>
      <Icon name="down" size={12} />
    </Picker>
  );
}

/** Adds the piles up that have something in common, the largest first. */
function counted(piles: readonly QuarantinePile[], of: (pile: QuarantinePile) => [value: string, label: string]) {
  const sums = new Map<string, { label: string; count: number }>();
  for (const pile of piles) {
    const [value, label] = of(pile);
    sums.set(value, { label, count: (sums.get(value)?.count ?? 0) + pile.count });
  }
  return [...sums].sort(([, a], [, b]) => b.count - a.count).map(([value, { label, count }]) => ({ value, label, hint: String(count) }));
}
