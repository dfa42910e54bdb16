import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '@/design/Button';
import { TextField } from '@/design/Field';
import type { TypedClosure } from './hours';
import style from './Hours.module.css';

interface Props {
  closures: readonly TypedClosure[];
  onChange: (closures: readonly TypedClosure[]) => void;
  /** What the hub said about one of them, if anything. */
  refused: (index: number) => string | undefined;
}

/** Days on which an office is closed, each from one day to another and with a reason. */
export function ClosuresEditor({ closures, onChange, refused }: Props) {
  const { t } = useTranslation();
  const set = (index: number, patch: Partial<TypedClosure>) =>
    onChange(closures.map((each, i) => (i === index ? { ...each, ...patch } : each)));
  return (
    <div className={style.closures}>
      {closures.length === 0 && <p>{t('hours.noClosures')}</p>}
      {closures.map((closure, index) => (
        <fieldset key={closure.key} className={style.closure}>
          <legend className="visually-hidden">{closure.reason || t('hours.closure')}</legend>
          <TextField
            label={t('hours.firstDay')}
            type="date"
            value={closure.from}
            error={refused(index)}
            onChange={(event) => set(index, { from: event.target.value })}
          />
          <TextField
            label={t('hours.lastDay')}
            type="date"
            value={closure.to}
            onChange={(event) => set(index, { to: event.target.value })}
          />
          <TextField
            label={t('hours.reason')}
            maxLength={100}
            value={closure.reason}
            onChange={(event) => set(index, { reason: event.target.value })}
          />
          <IconButton
            small
            icon="trash"
            label={t('hours.removeClosure', { reason: closure.reason })}
            onClick={() => onChange(closures.filter((each) => each !== closure))}
          />
        </fieldset>
      ))}
      <Button small icon="plus" onClick={() => onChange([...closures, { key: crypto.randomUUID(), from: '', to: '', reason: '' }])}>
        {t('hours.addClosure')}
      </Button>
    </div>
  );
}
