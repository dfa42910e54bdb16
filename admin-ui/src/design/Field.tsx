import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes } from 'react';
import { Icon } from './Icon';
import style from './Field.module.css';

interface Frame {
  label: string;
  hint?: ReactNode;
  /** What is wrong and how to put it right. */
  error?: string | undefined;
}

function useFrame({ hint, error }: Frame) {
  const id = useId();
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
  const { id, aria } = useFrame({ label, hint, error });
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
  const { id, aria } = useFrame({ label, hint, error });
  return (
    <Around id={id} label={label} hint={hint} error={error}>
      <textarea className={style.input} rows={3} {...aria} {...rest} />
    </Around>
  );
}
