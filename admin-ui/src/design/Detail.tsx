import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './Icon';
import style from './Detail.module.css';

/** One item of a split page: its title, its content. */
export function Detail({ title, children }: { title: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <article className={style.detail}>
      <Link to="." search={{}} className={style.back}>
        <Icon name="left" /> {t('back')}
      </Link>
      <h2 className={style.title}>{title}</h2>
      {children}
    </article>
  );
}

/** Facts in two columns: what, and which. */
export function FactsTable({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={style.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
