import type { ReactNode } from 'react';
import style from './Refusal.module.css';

/** Why something was not done, said at once, at the end of the form that asked for it. */
export function Refusal({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className={style.refusal}>
      {children}
    </p>
  );
}
