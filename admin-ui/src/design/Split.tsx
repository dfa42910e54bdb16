import type { ReactNode } from 'react';
import style from './Split.module.css';

interface Props {
  title: string;
  lead: string;
  /** The list on the left. */
  list: ReactNode;
  /** What was chosen from it; absent while nothing is. */
  detail: ReactNode;
  chosen: boolean;
}

/** A page with a list on the left and one of its items on the right; on a narrow screen one at a time. */
export function Split({ title, lead, list, detail, chosen }: Props) {
  return (
    <div className={style.split} data-chosen={chosen}>
      {/* The list may be out of sight on a narrow screen; the page's name must not go with it. */}
      <h1 className="visually-hidden">{title}</h1>
      <section className={style.list} aria-label={title}>
        <header className={style.header}>
          <p className={style.title}>{title}</p>
          <p>{lead}</p>
        </header>
        {list}
      </section>
      <div className={style.detail}>{detail}</div>
    </div>
  );
}
