import { useId, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField } from './Field';
import style from './Combobox.module.css';

interface Props<T> {
  label: string;
  /** The name of the list. */
  results: string;
  hint?: string | undefined;
  error?: string | undefined;
  placeholder?: string;
  text: string;
  onText: (text: string) => void;
  found: readonly T[];
  keyOf: (item: T) => string;
  onPick: (item: T) => void;
  inputRef?: Ref<HTMLInputElement> | undefined;
  /** What is shown of one. */
  children: (item: T) => ReactNode;
}

/** A text field with what was found below it, to pick from by keyboard or pointer. */
export function Combobox<T>({
  label,
  results,
  hint,
  error,
  placeholder,
  text,
  onText,
  found,
  keyOf,
  onPick,
  inputRef,
  children,
}: Props<T>) {
  const { t } = useTranslation();
  const id = useId();
  const [at, setAt] = useState(-1);
  const active = Math.min(at, found.length - 1);
  const pick = (item: T | undefined) => {
    if (item === undefined) return;
    setAt(-1);
    onPick(item);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, active + 1));
    // From the field upwards is the last one.
    else if (event.key === 'ArrowUp') setAt(active < 0 ? found.length - 1 : active - 1);
    else if (event.key === 'Enter' && active >= 0) pick(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <div className={style.search}>
      <TextField
        {...(inputRef && { ref: inputRef })}
        label={label}
        hint={hint}
        error={error}
        placeholder={placeholder}
        role="combobox"
        autoComplete="off"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        maxLength={100}
        value={text}
        onKeyDown={keys}
        onChange={(event) => {
          setAt(-1);
          onText(event.target.value);
        }}
      />
      <div id={`${id}-list`} role="listbox" aria-label={results} className={style.list}>
        {found.map((item, index) => (
          // Keys reach the options through the field, which holds focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={keyOf(item)}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={style.option}
            onClick={() => pick(item)}
          >
            {children(item)}
          </div>
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {text.trim() && t('command.results', { count: found.length })}
      </p>
    </div>
  );
}
