import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import { Icon } from './Icon';
import style from './Field.module.css';

interface Frame {
  label: string;
  hint?: ReactNode;
  /** What is wrong and how to put it right. */
  error?: string | undefined;
}

function useFrame({ hint, error }: Frame, wanted?: string) {
  const own = useId();
  const id = wanted ?? own;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return { id, aria: { id, 'aria-invalid': Boolean(error), ...(described && { 'aria-describedby': described }) } };
}

function Around({ id, label, hint, error, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className={style.field}>
      <label htmlFor={id}>{label}</label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className={style.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={style.error}>
          <Icon name="warn" size={14} /> {error}
        </p>
      )}
    </div>
  );
}

type InputProps = Frame & InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement>; trailing?: ReactNode };

/** A labelled input with hint and error tied to it. */
export function TextField({ label, hint, error, trailing, className, ...rest }: InputProps) {
  const { id, aria } = useFrame({ label, hint, error }, rest.id);
  return (
    <Around id={id} label={label} hint={hint} error={error}>
      <span className={style.box}>
        <input className={`${style.input} ${className ?? ''}`} {...aria} {...rest} />
        {trailing}
      </span>
    </Around>
  );
}

type AreaProps = Frame & TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> };

/** A labelled text area with hint and error tied to it. */
export function TextArea({ label, hint, error, ...rest }: AreaProps) {
  const { id, aria } = useFrame({ label, hint, error }, rest.id);
  return (
    <Around id={id} label={label} hint={hint} error={error}>
      <textarea className={style.input} rows={3} {...aria} {...rest} />
    </Around>
  );
}

type SelectProps = Frame & SelectHTMLAttributes<HTMLSelectElement>;

/** A labelled choice of one among few. */
export function SelectField({ label, hint, error, children, ...rest }: SelectProps) {
  const { id, aria } = useFrame({ label, hint, error }, rest.id);
  return (
    <Around id={id} label={label} hint={hint} error={error}>
      <select className={style.input} {...aria} {...rest}>
        {children}
      </select>
    </Around>
  );
}

type CheckProps = Frame & Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>;

/** A labelled box to tick, with the label behind it. */
export function CheckField({ label, hint, error, ...rest }: CheckProps) {
  const { id, aria } = useFrame({ label, hint, error }, rest.id);
  return (
    <div className={style.field}>
      <label className={style.check} htmlFor={id}>
        <input type="checkbox" {...aria} {...rest} />
        {label}
      </label>
      {hint && (
        <p id={`${id}-hint`} className={style.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={style.error}>
          <Icon name="warn" size={14} /> {error}
        </p>
      )}
    </div>
  );
}
