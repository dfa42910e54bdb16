import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { useMe } from '@/features/session/me';
import { CodeField } from './CodeField';
import { useFactor } from './factor';
import { KeyForm } from './KeyForm';
import { RecoveryCodes } from './RecoveryCodes';
import style from './factor.module.css';

/** What is done: set a phone up, make new recovery codes, or give the second factor up. */
export type Act = 'set' | 'codes' | 'end';

interface Props {
  act: Act;
  /** Whether there is a second factor already, whose code is wanted then. */
  active: boolean;
  onClose: () => void;
}

/** Asks for the password, and a code where there is one; then leads through what was asked for. */
export function FactorDialog({ act, active, onClose }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const { begin, confirm, renew, end } = useFactor();
  const codes = (confirm.data ?? renew.data)?.codes;
  const titles = { set: active ? t('factor.another') : t('factor.activate'), codes: t('factor.newCodes'), end: t('factor.end') };
  if (codes) {
    const done = () => {
      toast(t(act === 'set' ? 'factor.activated' : 'factor.renewed'));
      onClose();
    };
    return (
      <Dialog key="codes" title={t('factor.codesTitle')} onClose={done} firm>
        <RecoveryCodes codes={codes} login={me.login ?? ''} onSaved={done} />
      </Dialog>
    );
  }
  if (begin.data) {
    return (
      <Dialog key="key" title={titles.set} onClose={onClose}>
        <KeyForm shown={begin.data} onCode={(code) => confirm.mutate(code)} pending={confirm.isPending} error={confirm.error} />
      </Dialog>
    );
  }
  const prove = { set: begin, codes: renew, end }[act];
  const onProof = (password: string, code: string) => {
    const proof = { password, ...(code && { code }) };
    if (act === 'set') begin.mutate(proof);
    else if (act === 'codes') renew.mutate(proof);
    else {
      end.mutate(proof, {
        onSuccess: () => {
          toast(t('factor.ended'));
          onClose();
        },
      });
    }
  };
  return (
    <Dialog key="proof" title={titles[act]} onClose={onClose}>
      <Proof
        login={me.login ?? ''}
        active={active}
        submit={act === 'end' ? t('factor.end') : t('factor.proceed')}
        pending={prove.isPending}
        error={prove.error}
        onProof={onProof}
      />
    </Dialog>
  );
}

interface ProofProps {
  login: string;
  active: boolean;
  submit: string;
  pending: boolean;
  error: unknown;
  onProof: (password: string, code: string) => void;
}

function Proof({ login, active, submit, pending, error, onProof }: ProofProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const wrongCode = fieldText(error, 'code');
  const wrongPassword = fieldText(error, 'password') && t('settings.wrong');
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (password && (code.trim() || !active)) onProof(password, code);
  };
  return (
    <form className={style.form} onSubmit={send} noValidate>
      <p>{t('factor.proofLead')}</p>
      <input type="text" name="username" autoComplete="username" defaultValue={login} hidden readOnly />
      <TextField
        label={t('settings.current')}
        type="password"
        autoComplete="current-password"
        maxLength={256}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={tried && !password ? t('factor.passwordMissing') : wrongPassword}
      />
      {active && (
        <CodeField recoverable value={code} onChange={setCode} error={tried && !code.trim() ? t('factor.codeMissing') : wrongCode} />
      )}
      {error !== null && error !== undefined && !wrongCode && !wrongPassword && <p role="alert">{text(error)}</p>}
      <Button look="primary" type="submit" aria-busy={pending} disabled={pending}>
        {submit}
      </Button>
    </form>
  );
}
