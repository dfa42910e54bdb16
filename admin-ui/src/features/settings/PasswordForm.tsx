import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { Problem } from '@/api/problem';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { useMe } from '@/features/session/me';
import style from './SettingsPage.module.css';

/** Fewest characters of a new password. */
const shortest = 10;

/** Changes the own password; the other sessions end with it. */
export function PasswordForm() {
  const { t } = useTranslation();
  const me = useMe();
  const text = useProblemText();
  const fieldText = useFieldText();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () => api.POST('/me/password', { body: { current, new: next } }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      setTried(false);
      toast(t('settings.changed'));
    },
  });
  const wrongCurrent = change.error instanceof Problem && change.error.fields.some((each) => each.field === 'current');
  const named = change.error instanceof Problem && change.error.fields.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (current && next.length >= shortest) change.mutate();
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      <input type="text" name="username" autoComplete="username" defaultValue={me.login} hidden readOnly />
      <TextField
        label={t('settings.current')}
        type="password"
        autoComplete="current-password"
        maxLength={256}
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
        error={tried && !current ? t('error.field.required') : wrongCurrent ? t('settings.wrong') : undefined}
      />
      <TextField
        label={t('settings.next')}
        hint={t('settings.nextHint')}
        type="password"
        autoComplete="new-password"
        maxLength={256}
        value={next}
        onChange={(event) => setNext(event.target.value)}
        error={tried && next.length < shortest ? t('settings.short') : fieldText(change.error, 'new')}
      />
      {change.error && !named && <p role="alert">{text(change.error)}</p>}
      <Button type="submit" disabled={change.isPending}>
        {t('settings.change')}
      </Button>
    </form>
  );
}
