import { icons, type IconName } from './icons';

interface Props {
  name: IconName;
  size?: number;
  /** A spoken name; without it the icon is decoration and hidden from assistive technology. */
  label?: string;
}

/** One outline, in the colour and roughly the size of the text beside it. */
export function Icon({ name, size = 16, label }: Props) {
  const spoken = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true };
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.35}
      strokeLinecap="round"
      strokeLinejoin="round"
      focusable="false"
      {...spoken}
    >
      <path d={icons[name]} />
    </svg>
  );
}
