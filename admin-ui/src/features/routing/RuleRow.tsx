import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProblemField, RoutingRule, RoutingTally } from '@/api/schema.gen';
import { Button, IconButton } from '@/design/Button';
import { Tag } from '@/design/Marks';
import { useCoded } from '@/i18n/words';
import style from './RoutingPage.module.css';
import { useRuleWords } from './useRuleWords';

interface Props {
  rule: RoutingRule;
  place: number;
  /** The last place of the list. */
  last: number;
  /** What it would have done, when the list has been tried. */
  tally: RoutingTally | undefined;
  faults: ProblemField[];
  dragged: boolean;
  onDrag: (place: number | undefined) => void;
  onDrop: () => void;
  onMove: (to: number) => void;
  onOpen: () => void;
  onChange: (rule: RoutingRule) => void;
  onRemove: () => void;
}

/** One rule in plain words, with its place in the list. Alt and an arrow move it, as dragging does. */
export function RuleRow({ rule, place, last, tally, faults, dragged, onDrag, onDrop, onMove, onOpen, onChange, onRemove }: Props) {
  const { t } = useTranslation();
  const coded = useCoded();
  const { when, then } = useRuleWords();
  const keys = (event: KeyboardEvent) => {
    const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
    if (!step) return;
    event.preventDefault();
    onMove(place + step);
  };
  return (
    // The keys work on whichever of the row's buttons has the focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      className={style.rule}
      data-off={!rule.enabled}
      data-dragged={dragged}
      draggable
      onKeyDown={keys}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move';
        onDrag(place);
      }}
      onDragEnd={() => onDrag(undefined)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        onDrop();
      }}
    >
      <span className={style.place} title={t('routing.drag')} aria-hidden="true">
        {place + 1}
      </span>
      <div className={style.words}>
        <strong>
          {rule.name} {!rule.enabled && <Tag>{t('routing.off')}</Tag>}
        </strong>
        <p>
          {t('routing.sentence', { when: when(rule) })} <b>{then(rule)}</b>
        </p>
        {tally && <Tally tally={tally} />}
        {faults.map((each) => (
          <p key={each.field + each.code} className={style.fault}>
            {coded('error.field', each.code)}
          </p>
        ))}
      </div>
      <div className={style.acts}>
        <IconButton
          small
          icon="up"
          label={t('routing.up', { name: rule.name })}
          shortcut="Alt+↑"
          disabled={place === 0}
          onClick={() => onMove(place - 1)}
        />
        <IconButton
          small
          icon="down"
          label={t('routing.down', { name: rule.name })}
          shortcut="Alt+↓"
          disabled={place === last}
          onClick={() => onMove(place + 1)}
        />
        <Button
          small
          aria-label={t(rule.enabled ? 'routing.turnOffOf' : 'routing.turnOnOf', { name: rule.name })}
          onClick={() => onChange({ ...rule, enabled: !rule.enabled })}
        >
          {t(rule.enabled ? 'routing.turnOff' : 'routing.turnOn')}
        </Button>
        <Button small aria-label={t('routing.editOf', { name: rule.name })} onClick={onOpen}>
          {t('routing.edit')}
        </Button>
        <IconButton small icon="trash" label={t('routing.remove', { name: rule.name })} onClick={onRemove} />
      </div>
    </li>
  );
}

function Tally({ tally }: { tally: RoutingTally }) {
  const { t } = useTranslation();
  return (
    <p className={style.tally}>
      <Tag tone={tally.held ? 'accent' : 'plain'}>{t('routing.held', { count: tally.held })}</Tag>
      {tally.changed > 0 && <Tag tone="note">{t('routing.changes', { count: tally.changed })}</Tag>}
    </p>
  );
}
