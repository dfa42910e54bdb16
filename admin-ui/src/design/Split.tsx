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
      <section className={style.list} aria-labelledby="split-title">
        <header className={style.header}>
          <h1 id="split-title">{title}</h1>
          <p>{lead}</p>
        </header>
        {list}
      </section>
      <div className={style.detail}>{detail}</div>
    </div>
  );
}
