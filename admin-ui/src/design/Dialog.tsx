import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button';
import { refocus, traceOf } from './focus';
import style from './Dialog.module.css';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the foot. */
  actions?: ReactNode;
  /** Hides the title from sight, not from assistive technology. */
  bare?: boolean;
  width?: 'narrow' | 'wide';
  /** A dialog that must be answered: neither Escape nor a click beside it closes it. */
  firm?: boolean;
}

/** A modal dialog of the browser itself: it traps focus, which begins in its first field, closes on Escape and gives focus back. */
export function Dialog({ title, onClose, children, actions, bare, width = 'narrow', firm }: Props) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = traceOf(document.activeElement);
    dialog?.showModal();
    // Else the browser takes the button that closes it, which comes first.
    body.current?.querySelector<HTMLElement>('input:enabled, select:enabled, textarea:enabled')?.focus();
    return () => {
      dialog?.close();
      if (before) refocus(before);
    };
  }, []);
  return (
    // The click beside the dialog is a convenience; Escape and the close button do the same by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={ref}
      className={`${style.dialog} ${style[width]} ${bare ? style.top : ''}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!firm) onClose();
      }}
      onClick={(event) => {
        if (!firm && event.target === ref.current) onClose();
      }}
    >
      <div className={style.sheet}>
        <header className={bare ? 'visually-hidden' : style.header}>
          <h2 id={titleId}>{title}</h2>
          {!firm && !bare && <IconButton icon="close" label={t('close')} small onClick={onClose} />}
        </header>
        <div ref={body} className={bare ? style.bare : style.body}>
          {children}
        </div>
        {actions && <footer className={style.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}
