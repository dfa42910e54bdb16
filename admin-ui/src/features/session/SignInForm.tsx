import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Challenge, Session } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { Icon } from '@/design/Icon';
import { SecondStep } from './SecondStep';
import style from './SignInForm.module.css';

interface Props {
  onSignedIn: (session: Session) => void;
  /** A login to begin with, when a session has to be renewed. */
  login?: string | undefined;
}

/** Asks for login and password, and for a code where one is wanted. */
export function SignInForm({ onSignedIn, login }: Props) {
  const [challenge, setChallenge] = useState<Challenge>();
  const [over, setOver] = useState(false);
  const onBack = (tooLate: boolean) => {
    setChallenge(undefined);
    setOver(tooLate);
  };
  if (challenge) return <SecondStep challenge={challenge} onSignedIn={onSignedIn} onBack={onBack} />;
  return <PasswordStep login={login} over={over} onSignedIn={onSignedIn} onChallenge={setChallenge} />;
}

interface PasswordProps extends Props {
  /** Whether a sign-in must begin again. */
  over: boolean;
  onChallenge: (challenge: Challenge) => void;
}

/** Login and password; what was typed stays after a refusal. */
function PasswordStep({ onSignedIn, onChallenge, over, login: known = '' }: PasswordProps) {
  const { t } = useTranslation();
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [tried, setTried] = useState(false);
  const loginRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);
  const signIn = useMutation({
    mutationFn: () => body(api.POST('/session', { body: { login: login.trim(), password } })),
    onSuccess: (answer) => ('challenge' in answer ? onChallenge(answer) : onSignedIn(answer)),
    onError: () => passwordRef.current?.select(),
  });
  const locked = useLock(signIn.error);
  useEffect(() => (known ? passwordRef : loginRef).current?.focus(), [known]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!login.trim()) loginRef.current?.focus();
    else if (!password) passwordRef.current?.focus();
    else if (!locked) signIn.mutate();
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      {over && !signIn.error && (
        <p className={style.refusal} role="alert">
          <Icon name="warn" /> {t('factor.over')}
        </p>
      )}
      <Refusal error={signIn.error} locked={locked} />
      <TextField
        ref={loginRef}
        label={t('signin.login')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={100}
        value={login}
        onChange={(event) => setLogin(event.target.value)}
        error={tried && !login.trim() ? t('signin.loginMissing') : undefined}
      />
      <TextField
        ref={passwordRef}
        label={t('signin.password')}
        name="password"
        type={shown ? 'text' : 'password'}
        autoComplete="current-password"
        maxLength={256}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={tried && !password ? t('signin.passwordMissing') : undefined}
      />
      <label className={style.show}>
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />
        {t('signin.show')}
      </label>
      <Button look="primary" type="submit" disabled={locked > 0} aria-busy={signIn.isPending}>
        {signIn.isPending ? t('signin.busy') : t('signin.submit')}
      </Button>
    </form>
  );
}

function Refusal({ error, locked }: { error: unknown; locked: number }) {
  const { t } = useTranslation();
  const text = useProblemText();
  if (!error || (hasCode(error, 'rate_limited') && locked === 0)) return null;
  const words = hasCode(error, 'unauthenticated')
    ? t('signin.wrong')
    : hasCode(error, 'rate_limited')
      ? t('signin.limited', { count: locked })
      : text(error);
  return (
    <p className={style.refusal} role="alert">
      <Icon name="warn" /> {words}
    </p>
  );
}

/** Seconds until the hub will listen to another try. */
function useLock(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!hasCode(error, 'rate_limited')) return;
    const until = Date.now() + (error.retryAfter ?? 30) * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
