import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useProblemText } from '@/api/wording';
import { Button } from './Button';
import style from './Blank.module.css';

interface Props {
  title: string;
  body?: ReactNode;
  action?: ReactNode;
  /** Without the drawing, for a place beside another. */
  quiet?: boolean;
}

/** A place with nothing in it, said calmly. */
export function Blank({ title, body, action, quiet }: Props) {
  return (
    <div className={style.blank}>
      {!quiet && <Arcade />}
      <h2>{title}</h2>
      {body && <p>{body}</p>}
      {action}
    </div>
  );
}

/** A place that could not be loaded, with the remedy. Trying again opens nothing to a role that may not see it. */
export function Broken({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  if (error instanceof Problem && error.code === 'forbidden') {
    return (
      <div className={style.blank} role="alert">
        <h2>{t('error.closed')}</h2>
        <p>{text(error)}</p>
      </div>
    );
  }
  const id = error instanceof Problem ? error.requestId : undefined;
  return (
    <div className={style.blank} role="alert">
      <h2>{t('error.title')}</h2>
      <p>{text(error)}</p>
      {id && <p className={style.small}>{t('error.request', { id })}</p>}
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  );
}

/** The arcade of a town hall, from the product's mark. */
function Arcade() {
  return (
    <svg
      className={style.arcade}
      viewBox="0 0 120 40"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.25"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M8 38V21a10 10 0 0 1 20 0v17M30 38V21a10 10 0 0 1 20 0v17M52 38V17a12 12 0 0 1 24 0v21M78 38V21a10 10 0 0 1 20 0v17M100 38V21a7 7 0 0 1 14 0v17M2 38.5h116" />
    </svg>
  );
}

/** Grey lines where rows will be. */
export function Skeleton({ rows, label }: { rows: number; label: string }) {
  return (
    <div className={style.skeleton} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}
