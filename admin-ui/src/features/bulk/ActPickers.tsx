import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Office as Receiver, TicketAct } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import type { IconName } from '@/design/icons';
import { Picker, type Choice } from '@/design/Picker';
import { useMe } from '@/features/session/me';
import {
  plainOutcome,
  priorities,
  offeredTypesQuery,
  settable,
  spoken,
  useOutcomeChoices,
  detailed,
  type Spoken,
} from '@/features/standing/standing';
import { useAssignees } from '@/features/distribution/distribution';
import { tagsQuery } from '@/features/tags/tags';
import { officesQuery } from '@/features/ticket/tickets';
import { useLanguage } from '@/i18n/words';
import style from './BulkBar.module.css';

interface Props {
  disabled: boolean;
  onAct: (act: TicketAct) => void;
  onHandOver: (to: Receiver) => void;
  onSay: (status: Spoken) => void;
  onSnooze: () => void;
  /** The tags that stand on some of them. */
  has: readonly string[];
  /** The offices that hold them. */
  held: readonly string[];
}

/** The acts there are. */
export function ActPickers(props: Props) {
  const { t } = useTranslation();
  return (
    <div className={style.acts}>
      <Assign {...props} />
      <Office {...props} />
      <Resolve {...props} />
      <Status {...props} />
      <Priority {...props} />
      <Type {...props} />
      <Tags {...props} />
      <button type="button" className={style.act} disabled={props.disabled} onClick={props.onSnooze}>
        <Icon name="moon" size={13} />
        {t('aside.open')}
      </button>
    </div>
  );
}

function Act({
  icon,
  label,
  choices,
  disabled,
  onPick,
  children,
}: {
  icon: IconName;
  label: string;
  choices: readonly Choice[];
  disabled: boolean;
  onPick: (value: string) => void;
  children?: ReactNode;
}) {
  return (
    <Picker label={label} choices={choices} disabled={disabled} className={style.act} onPick={onPick}>
      <Icon name={icon} size={13} />
      {children ?? label}
    </Picker>
  );
}

function Assign({ disabled, onAct, held }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const choices = useAssignees(held, { mine: t('bulk.me', { name: me.name }), nobody: t('bulk.nobody'), enabled: true });
  return (
    <Act
      icon="mine"
      label={t('bulk.assign')}
      choices={choices}
      disabled={disabled}
      onPick={(id) => onAct(id ? { assignee_id: id } : { unassign: true })}
    />
  );
}

function Office({ disabled, onHandOver }: Props) {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery).data ?? [];
  const pick = (id: string) => {
    const office = offices.find((each) => each.id === id);
    if (office) onHandOver(office);
  };
  return (
    <Act
      icon="office"
      label={t('bulk.office')}
      choices={offices.map(({ id, name }) => ({ value: id, label: name }))}
      disabled={disabled}
      onPick={pick}
    />
  );
}

function Resolve({ disabled, onAct, onSay }: Props) {
  const { t } = useTranslation();
  const choices = [...useOutcomeChoices(), { value: detailed, label: t('standing.detailed') }];
  const pick = (value: string) => {
    const standing = plainOutcome(value);
    if (standing) onAct({ status: 'resolved', standing });
    else onSay('resolved');
  };
  return (
    <Act icon="check" label={t('standing.resolve')} choices={choices} disabled={disabled} onPick={pick}>
      {t('ticket.close')}
    </Act>
  );
}

function Status({ disabled, onAct, onSay }: Props) {
  const { t } = useTranslation();
  const pick = (value: string) => {
    const status = settable.find((each) => each === value);
    const word = spoken.find((each) => each === status);
    if (word) onSay(word);
    else if (status) onAct({ status });
  };
  return (
    <Act
      icon="flag"
      label={t('bulk.status')}
      choices={settable.map((value) => ({ value, label: t(`status.${value}`) }))}
      disabled={disabled}
      onPick={pick}
    />
  );
}

function Priority({ disabled, onAct }: Props) {
  const { t } = useTranslation();
  const choices = priorities.map(({ value, word }) => ({ value: String(value), label: t(`priority.${word}`) }));
  return (
    <Act
      icon="up"
      label={t('bulk.priority')}
      choices={choices}
      disabled={disabled}
      onPick={(value) => onAct({ priority: Number(value) })}
    />
  );
}

function Type({ disabled, onAct }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const types = useQuery(offeredTypesQuery).data ?? [];
  const choices = [
    ...types.map(({ code, labels }) => ({ value: code, label: labels[language] ?? labels['it'] ?? code })),
    { value: '', label: t('standing.clearType'), danger: true },
  ];
  return <Act icon="note" label={t('bulk.type')} choices={choices} disabled={disabled} onPick={(type) => onAct({ type })} />;
}

function Tags({ disabled, onAct, has }: Props) {
  const { t } = useTranslation();
  const tags = useQuery(tagsQuery).data ?? [];
  if (tags.length === 0) return null;
  const add = tags.filter((each) => !each.retired).map(({ id, name }) => ({ value: `+${id}`, label: t('tags.addBulk', { name }) }));
  const remove = tags
    .filter((each) => has.includes(each.id))
    .map(({ id, name }) => ({ value: `-${id}`, label: t('tags.removeBulk', { name }), danger: true }));
  const pick = (value: string) => onAct(value.startsWith('+') ? { add_tags: [value.slice(1)] } : { remove_tags: [value.slice(1)] });
  return <Act icon="tag" label={t('tags.open')} choices={[...add, ...remove]} disabled={disabled} onPick={pick} />;
}
