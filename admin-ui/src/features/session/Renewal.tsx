import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { onSessionLost } from '@/api/client';
import { Dialog } from '@/design/Dialog';
import { useMe } from './me';
import { SignInForm } from './SignInForm';
import { useQuiet } from './useQuiet';
import style from './Renewal.module.css';

/** Asks for the password over the page when the session has ended, so that nothing typed is lost. */
export function Renewal() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useMe();
  const [lost, setLost] = useState(false);
  useEffect(() => onSessionLost(() => setLost(true)), []);
  const quiet = useQuiet(lost);
  if (!quiet) return null;
  return (
    <Dialog title={t('signin.again')} firm onClose={() => setLost(false)}>
      <p className={style.lead}>{t('signin.againBody')}</p>
      <SignInForm
        login={me.login}
        onSignedIn={(session) => {
          setLost(false);
          // Another person at the same desk must not go on in the first one's page.
          if (session.operator.id !== me.id) location.assign('/');
          else void client.invalidateQueries();
        }}
      />
    </Dialog>
  );
}
