import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon } from './Icon';
import style from './Page.module.css';

/** A page of its own, which scrolls as a whole: its head, then what it shows. */
export function Page({ busy, children }: { busy?: boolean; children: ReactNode }) {
  return (
    <section className={style.page} aria-busy={busy}>
      {children}
    </section>
  );
}

interface HeadProps {
  /** Absent while what the page is about is being loaded. */
  title?: ReactNode;
  lead?: ReactNode;
  /** A line more that wants attention. */
  note?: ReactNode;
  /** The page above this one. */
  back?: { to: NonNullable<LinkProps['to']>; name: string };
  /** What can be done on the page as a whole. */
  acts?: ReactNode;
}

/** What the page is called, what it is for, what can be done on it. */
export function PageHead({ title, lead, note, back, acts }: HeadProps) {
  return (
    <header className={style.head}>
      <div>
        {back && (
          <Link to={back.to} className={style.back}>
            <Icon name="left" size={14} /> {back.name}
          </Link>
        )}
        {title && <h1>{title}</h1>}
        {lead && <p>{lead}</p>}
        {note && <p data-tone="note">{note}</p>}
      </div>
      {acts && <div className={style.acts}>{acts}</div>}
    </header>
  );
}

/** The parts of a page of settings, one below the other. */
export function Sections({ children }: { children: ReactNode }) {
  return <div className={style.sections}>{children}</div>;
}

/** A part of the page, with its title beside it. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={style.section} aria-label={title}>
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  );
}
