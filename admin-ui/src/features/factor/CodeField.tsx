import { useState, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField } from '@/design/Field';
import style from './factor.module.css';

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  /** Whether a recovery code will do as well. */
  recoverable?: boolean;
  ref?: Ref<HTMLInputElement>;
}

/** Where one types what the app shows, or a recovery code. */
export function CodeField({ value, onChange, error, recoverable, ref }: Props) {
  const { t } = useTranslation();
  const [recovery, setRecovery] = useState(false);
  return (
    <>
      <TextField
        {...(ref && { ref })}
        label={t(recovery ? 'factor.recovery' : 'factor.code')}
        hint={t(recovery ? 'factor.recoveryHint' : 'factor.codeHint')}
        name={recovery ? 'recovery-code' : 'code'}
        autoComplete={recovery ? 'off' : 'one-time-code'}
        inputMode={recovery ? 'text' : 'numeric'}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={recovery ? 40 : 12}
        className={style.code ?? ''}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={error}
      />
      {recoverable && (
        <button
          type="button"
          className={style.other}
          onClick={() => {
            setRecovery(!recovery);
            onChange('');
          }}
        >
          {t(recovery ? 'factor.useApp' : 'factor.useRecovery')}
        </button>
      )}
    </>
  );
}
