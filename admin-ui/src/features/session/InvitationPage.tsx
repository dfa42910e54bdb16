import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { Mark } from '@/design/Mark';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { useTown } from './town';
import style from './SignInPage.module.css';
import formStyle from './SignInForm.module.css';

/** Fewest characters of a password. */
const shortest = 10;

/** Where the link of an invitation leads: one sets a password, and signs in with it. */
export function InvitationPage() {
  const { t } = useTranslation();
  const town = useTown();
  const navigate = useNavigate();
  const text = useProblemText();
  const [secret] = useState(() => location.hash.slice(1));
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  useTitle(t('people.welcome'));
  const accept = useMutation({
    mutationFn: () => body(api.POST('/invitation', { body: { secret, password } })),
    onSuccess: async ({ login }) => {
      toast(t('people.welcomeDone', { login }));
      await navigate({ to: '/sign-in', replace: true });
    },
  });
  const gone = secret === '' || hasCode(accept.error, 'not_found');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (password.length >= shortest && password === again) accept.mutate();
  };
  return (
    <main className={style.page}>
      <section className={style.card}>
        <header>
          <Mark size={40} />
          <div>
            <h1>{t('people.welcome')}</h1>
            <p className={style.town}>{town.data?.name ?? '\u00a0'}</p>
          </div>
        </header>
        {gone ? (
          <p role="alert">{t('people.linkGone')}</p>
        ) : (
          <form className={formStyle.form} onSubmit={submit} noValidate>
            {accept.error && <p role="alert">{text(accept.error)}</p>}
            <TextField
              label={t('settings.next')}
              hint={t('settings.nextHint')}
              type="password"
              autoComplete="new-password"
              maxLength={256}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              error={tried && password.length < shortest ? t('settings.short') : undefined}
            />
            <TextField
              label={t('people.again')}
              type="password"
              autoComplete="new-password"
              maxLength={256}
              value={again}
              onChange={(event) => setAgain(event.target.value)}
              error={tried && password !== again ? t('people.differ') : undefined}
            />
            <Button look="primary" type="submit" disabled={accept.isPending}>
              {t('people.setPassword')}
            </Button>
          </form>
        )}
      </section>
    </main>
  );
}
