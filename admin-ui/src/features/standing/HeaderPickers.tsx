import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { Picker } from '@/design/Picker';
import { useLanguage } from '@/i18n/words';
import { detailed, priorities, priorityWord, offeredTypesQuery, useOutcomeChoices, useTypeName } from './standing';

interface Opens {
  disabled: boolean;
  className: string | undefined;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Says what a request is about. */
export function TypePicker({ ticket, onPick, ...rest }: Opens & { ticket: Ticket; onPick: (code: string, name: string) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const types = useQuery(offeredTypesQuery).data ?? [];
  const name = useTypeName();
  const choices = types.map(({ code, labels }) => ({ value: code, label: labels[language] ?? labels['it'] ?? code }));
  const all = ticket.type ? [...choices, { value: '', label: t('standing.clearType'), danger: true }] : choices;
  return (
    <Picker
      {...rest}
      label={t('standing.type')}
      choices={all}
      value={ticket.type}
      onPick={(code) => code !== (ticket.type ?? '') && onPick(code, name(code))}
    >
      <span className="visually-hidden">{t('standing.type')}: </span>
      <span>{ticket.type ? name(ticket.type) : t('standing.noType')}</span>
    </Picker>
  );
}

/** Says how urgent it is. */
export function PriorityPicker({ ticket, onPick, ...rest }: Opens & { ticket: Ticket; onPick: (priority: number) => void }) {
  const { t } = useTranslation();
  return (
    <Picker
      {...rest}
      label={t('standing.priority')}
      choices={priorities.map(({ value, word }) => ({ value: String(value), label: t(`priority.${word}`) }))}
      value={String(ticket.priority)}
      onPick={(value) => {
        if (Number(value) !== ticket.priority) onPick(Number(value));
      }}
    >
      <span className="visually-hidden">{t('standing.priority')}: </span>
      <Icon name="flag" size={13} />
      <span>{t(`priority.${priorityWord(ticket.priority)}`)}</span>
    </Picker>
  );
}

/** Ends a request: the first outcome is the one meant most often, so that Enter is enough. */
export function ResolvePicker({ onPick, ...rest }: Opens & { onPick: (value: string) => void }) {
  const { t } = useTranslation();
  const choices = [...useOutcomeChoices(), { value: detailed, label: t('standing.detailed') }];
  return (
    <Picker {...rest} label={t('standing.resolve')} choices={choices} align="end" onPick={onPick}>
      <Icon name="check" size={14} />
      {t('ticket.close')}
    </Picker>
  );
}
