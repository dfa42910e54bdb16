import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from '@/app/store';
import { Button, IconButton } from './Button';
import { Icon } from './Icon';
import style from './Toaster.module.css';
import { dismiss, toasts } from './toasts';

/** The notices, above everything else; `children` are notices with a life of their own. */
export function Toaster({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  const items = useStore(toasts);
  return (
    <section className={style.toaster} aria-label={t('toast.label')}>
      {items.map((item) => (
        <div key={item.id} className={`${style.toast} ${item.tone === 'danger' ? style.danger : ''}`}>
          {item.tone === 'danger' && <Icon name="warn" />}
          <p>{item.text}</p>
          {item.action && (
            <Button
              small
              aria-keyshortcuts="Shift+Z"
              onClick={() => {
                item.action?.run();
                dismiss(item.id);
              }}
            >
              {item.action.label}
            </Button>
          )}
          <IconButton small icon="close" label={t('toast.dismiss')} onClick={() => dismiss(item.id)} />
        </div>
      ))}
      {children}
    </section>
  );
}
