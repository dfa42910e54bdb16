import type { ButtonHTMLAttributes, Ref } from 'react';
import { Icon } from './Icon';
import type { IconName } from './icons';
import style from './Button.module.css';

type Look = 'primary' | 'plain' | 'quiet' | 'danger' | 'note';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
  icon?: IconName;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a word on it; the icon is decoration. */
export function Button({ look = 'plain', small, icon, className, children, type, ...rest }: Props) {
  const names = [style.button, style[look], small && style.small, className].filter(Boolean).join(' ');
  return (
    <button type={type ?? 'button'} className={names} {...rest}>
      {icon && <Icon name={icon} size={small ? 14 : 16} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<Props, 'children' | 'icon'> {
  icon: IconName;
  /** The spoken name and the tooltip. */
  label: string;
  /** Shown after the label in the tooltip. */
  shortcut?: string;
}

/** A button with an icon only; its label is spoken and shown on hover. */
export function IconButton({ icon, label, shortcut, look = 'quiet', small, className, ...rest }: IconButtonProps) {
  const names = [style.button, style.icon, style[look], small && style.small, className].filter(Boolean).join(' ');
  const title = shortcut ? `${label} (${shortcut})` : label;
  return (
    <button type="button" className={names} aria-label={label} title={title} {...rest}>
      <Icon name={icon} size={small ? 14 : 16} />
    </button>
  );
}
