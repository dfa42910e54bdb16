import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { Button } from '@/design/Button';
import { Blank, Broken } from '@/design/Blank';

/** What stands where a screen has failed. */
export function Crash({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  if (error instanceof Problem) return <Broken error={error} onRetry={() => (reset(), location.reload())} />;
  return (
    <Blank
      title={t('crash.title')}
      body={t('crash.body')}
      action={
        <Button look="primary" onClick={() => location.reload()}>
          {t('crash.reload')}
        </Button>
      }
    />
  );
}
