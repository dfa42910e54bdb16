import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { hasCode } from '@/api/problem';
import type { Challenge, Session } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { CodeField } from '@/features/factor/CodeField';
import { KeyForm } from '@/features/factor/KeyForm';
import { RecoveryCodes } from '@/features/factor/RecoveryCodes';
import style from './SignInForm.module.css';

interface Props {
  challenge: Challenge;
  onSignedIn: (session: Session) => void;
  /** Called to begin again; `over` when the hub takes no more codes. */
  onBack: (over: boolean) => void;
}

/** The second step of signing in: a code, after setting a phone up where the town requires it. */
export function SecondStep({ challenge, onSignedIn, onBack }: Props) {
  const [codes, setCodes] = useState<{ session: Session; list: readonly string[] }>();
  const finish = useMutation({
    mutationFn: (code: string) => body(api.POST('/session/code', { body: { challenge: challenge.challenge, code } })),
    onSuccess: ({ recovery_codes, ...session }) => (recovery_codes ? setCodes({ session, list: recovery_codes }) : onSignedIn(session)),
    onError: (error) => hasCode(error, 'not_found') && onBack(true),
  });
  if (codes)
    return <RecoveryCodes codes={codes.list} login={codes.session.operator.login ?? ''} onSaved={() => onSignedIn(codes.session)} />;
  const asked = { onCode: (code: string) => finish.mutate(code), pending: finish.isPending, error: finish.error, onBack };
  return challenge.step === 'enrol' ? <Enrol challenge={challenge.challenge} {...asked} /> : <Code {...asked} />;
}

interface AskedProps {
  onCode: (code: string) => void;
  pending: boolean;
  error: unknown;
  onBack: (over: boolean) => void;
}

function Code({ onCode, pending, error, onBack }: AskedProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (error) field.current?.select();
  }, [error]);
  const wrong = fieldText(error, 'code');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (code.trim()) onCode(code);
    else field.current?.focus();
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      <p role="status">{t('factor.stepLead')}</p>
      <CodeField ref={field} recoverable value={code} onChange={setCode} error={tried && !code.trim() ? t('factor.codeMissing') : wrong} />
      {error !== null && error !== undefined && !wrong && (
        <p className={style.refusal} role="alert">
          {text(error)}
        </p>
      )}
      <Button look="primary" type="submit" aria-busy={pending}>
        {pending ? t('signin.busy') : t('signin.submit')}
      </Button>
      <p className={style.aside}>{t('factor.lost')}</p>
      <Back onBack={onBack} />
    </form>
  );
}

function Enrol({ challenge, onBack, ...asked }: AskedProps & { challenge: string }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const button = useRef<HTMLButtonElement>(null);
  const make = useMutation({
    mutationFn: () => body(api.POST('/session/second-factor', { body: { challenge } })),
    onError: (error) => hasCode(error, 'not_found') && onBack(true),
  });
  useEffect(() => button.current?.focus(), []);
  return (
    <div className={style.form}>
      {make.data ? (
        <KeyForm shown={make.data} {...asked} />
      ) : (
        <>
          <p role="status">{t('factor.must')}</p>
          {make.error && <p role="alert">{text(make.error)}</p>}
          <Button ref={button} look="primary" onClick={() => make.mutate()} aria-busy={make.isPending}>
            {t('factor.begin')}
          </Button>
        </>
      )}
      <Back onBack={onBack} />
    </div>
  );
}

function Back({ onBack }: { onBack: (over: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <Button look="quiet" onClick={() => onBack(false)}>
      {t('factor.back')}
    </Button>
  );
}
