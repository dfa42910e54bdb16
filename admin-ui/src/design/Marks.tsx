import type { ReactNode } from 'react';
import { Icon } from './Icon';
import type { IconName } from './icons';
import style from './Marks.module.css';

type Tone = 'plain' | 'accent' | 'note' | 'danger' | 'doubt';

/** A word in a quiet box: a state, a class, a warning. */
export function Tag({ tone = 'plain', icon, title, children }: { tone?: Tone; icon?: IconName; title?: string; children: ReactNode }) {
  return (
    <span className={`${style.tag} ${style[tone]}`} title={title}>
      {icon && <Icon name={icon} size={13} />}
      {children}
    </span>
  );
}

/** Keys to press. */
export function Keys({ children }: { children: string }) {
  return <kbd className={style.keys}>{children}</kbd>;
}

/** A ticket's number; the check digit stands a little apart, because people read it aloud. */
export function TicketNumber({ value }: { value: string }) {
  const cut = value.lastIndexOf('-');
  return (
    <data className={style.number} value={value}>
      {value.slice(0, cut)}
      <i>{value.slice(cut)}</i>
    </data>
  );
}

/** The first letters of a name, for a narrow place. */
export function Initials({ name }: { name: string }) {
  const letters = name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word[0]);
  const text = `${letters[0] ?? ''}${letters.length > 1 ? (letters.at(-1) ?? '') : ''}`.toUpperCase();
  return (
    <abbr className={style.initials} title={name}>
      {text}
    </abbr>
  );
}
