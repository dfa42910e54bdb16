import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { announce } from './announce';
import { Icon } from './Icon';
import style from './Picker.module.css';
import { fold } from './fold';

/** One thing to pick. */
export interface Choice {
  value: string;
  label: string;
  hint?: string;
  icon?: ReactNode;
  danger?: boolean;
  /** Why it cannot be picked; it is there all the same, for who looks for it. */
  off?: string | undefined;
}

interface Props {
  /** What is being picked; the name of the button and of the list. */
  label: string;
  choices: readonly Choice[];
  value?: string | undefined;
  onPick: (value: string) => void;
  /** What the button shows. */
  children: ReactNode;
  /** A filter field appears when there are more choices than this. */
  filterAbove?: number;
  className?: string | undefined;
  disabled?: boolean;
  /** Opened from elsewhere, by a command; `onOpenChange` hears of it. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: 'start' | 'end';
}

/** A button that opens a list to pick from; with many choices one can type to narrow them. */
export function Picker(props: Props) {
  const [ownOpen, setOwnOpen] = useState(false);
  const open = props.open ?? ownOpen;
  const button = useRef<HTMLButtonElement>(null);
  const setOpen = (next: boolean) => {
    setOwnOpen(next);
    props.onOpenChange?.(next);
    if (!next) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={props.className}
        aria-haspopup="listbox"
        aria-expanded={open}
        disabled={props.disabled}
        onClick={() => setOpen(!open)}
      >
        {props.children}
      </button>
      {open && <Panel {...props} anchor={button} onClose={() => setOpen(false)} />}
    </>
  );
}

interface PanelProps extends Props {
  anchor: React.RefObject<HTMLButtonElement | null>;
  onClose: () => void;
}

function Panel({ label, choices, value, onPick, onClose, anchor, filterAbove = 8, align = 'start' }: PanelProps) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const shown = useMemo(() => narrow(choices, text), [choices, text]);
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      choices.findIndex((choice) => choice.value === value),
    ),
  );
  const active = Math.min(at, shown.length - 1);
  const box = useRef<HTMLDivElement>(null);
  const filtering = choices.length > filterAbove;
  usePlace(anchor, box, align);

  useEffect(() => {
    box.current?.querySelector<HTMLElement>('input, [role=listbox]')?.focus();
    const outside = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!box.current?.contains(target) && !anchor.current?.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [anchor, onClose]);
  useEffect(() => {
    box.current?.querySelector('[aria-selected=true]')?.scrollIntoView?.({ block: 'nearest' });
  }, [active]);

  const pick = (choice: Choice | undefined) => {
    if (!choice) return;
    if (choice.off) {
      announce(`${choice.label}: ${choice.off}`, true);
      return;
    }
    onClose();
    onPick(choice.value);
  };
  const keys = (event: KeyboardEvent) => {
    const move: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: shown.length - 1 };
    const to = move[event.key];
    if (to !== undefined) setAt(Math.min(shown.length - 1, Math.max(0, to)));
    else if (event.key === 'Enter' || (event.key === ' ' && !filtering)) pick(shown[active]);
    else if (event.key === 'Escape') onClose();
    else if (event.key === 'Tab') onClose();
    else if (!filtering && event.key.length === 1) setAt(typeAhead(shown, event.key, active));
    else return;
    event.stopPropagation();
    if (event.key !== 'Tab') event.preventDefault();
  };
  const activeId = shown[active] ? `${id}-${active}` : undefined;
  const body = (
    <div ref={box} className={style.panel} onKeyDown={keys} role="presentation">
      {filtering && (
        <div className={style.filter}>
          <Icon name="search" size={14} />
          <input
            role="combobox"
            aria-label={t('ticket.find')}
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={activeId}
            placeholder={t('ticket.find')}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
          />
        </div>
      )}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        tabIndex={filtering ? -1 : 0}
        aria-activedescendant={activeId}
        className={style.list}
      >
        {shown.map((choice, index) => (
          // Keys reach the options through the list, which holds focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={choice.value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            aria-disabled={choice.off !== undefined}
            className={`${style.option} ${choice.danger ? style.danger : ''}`}
            onClick={() => pick(choice)}
            onPointerMove={() => setAt(index)}
          >
            <span className={style.mark}>{choice.value === value ? <Icon name="check" size={14} /> : choice.icon}</span>
            <span>
              {choice.label}
              {choice.hint && <small>{choice.hint}</small>}
              {choice.off && <small>{choice.off}</small>}
            </span>
          </div>
        ))}
      </div>
      {shown.length === 0 && <p className={style.nothing}>{t('ticket.nobody')}</p>}
    </div>
  );
  return createPortal(body, anchor.current?.closest('dialog, main') ?? document.body);
}

function narrow(choices: readonly Choice[], text: string): readonly Choice[] {
  const wanted = fold(text);
  return wanted ? choices.filter((choice) => fold(`${choice.label} ${choice.hint ?? ''}`).includes(wanted)) : choices;
}

function typeAhead(shown: readonly Choice[], key: string, from: number): number {
  const order = shown.map((_, index) => (from + 1 + index) % shown.length);
  return order.find((index) => fold(shown[index]?.label ?? '').startsWith(fold(key))) ?? from;
}

/** Puts the panel under its button, or above where there is no room below. */
function usePlace(anchor: React.RefObject<HTMLElement | null>, box: React.RefObject<HTMLElement | null>, align: 'start' | 'end') {
  useLayoutEffect(() => {
    const panel = box.current;
    const at = anchor.current?.getBoundingClientRect();
    if (!panel || !at) return;
    const size = panel.getBoundingClientRect();
    const wanted = align === 'end' ? at.right - size.width : at.left;
    const below = at.bottom + 4;
    const fits = below + size.height <= window.innerHeight - 8;
    panel.style.setProperty('left', `${Math.max(8, Math.min(wanted, window.innerWidth - size.width - 8))}px`);
    panel.style.setProperty('top', `${fits ? below : Math.max(8, at.top - size.height - 4)}px`);
  }, [anchor, box, align]);
}
