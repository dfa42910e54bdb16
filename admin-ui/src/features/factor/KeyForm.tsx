import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { FactorKey } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { CodeField } from './CodeField';
import style from './factor.module.css';

interface Props {
  shown: FactorKey;
  /** Called with the first code of the app. */
  onCode: (code: string) => void;
  pending: boolean;
  error: unknown;
}

/** The margin that cameras want around a QR code, in its own units. */
const margin = 4;

/** Shows a key as a picture and in letters, and asks for its first code. */
export function KeyForm({ shown, onCode, pending, error }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const fieldText = useFieldText();
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const start = useRef<HTMLParagraphElement>(null);
  // The reader begins with what to do, not with the field behind the picture.
  useEffect(() => start.current?.focus(), []);
  useEffect(() => {
    if (error) field.current?.select();
  }, [error]);
  const { path, size } = shown.drawing;
  const whole = size + 2 * margin;
  const wrong = fieldText(error, 'code');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (code.trim()) onCode(code);
    else field.current?.focus();
  };
  const copy = () => void navigator.clipboard.writeText(shown.key).then(() => toast(t('factor.keyCopied')));
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      <p ref={start} tabIndex={-1}>
        {t('factor.scan')}
      </p>
      <svg
        className={style.drawing}
        viewBox={`${-margin} ${-margin} ${whole} ${whole}`}
        role="img"
        aria-label={t('factor.drawing')}
        shapeRendering="crispEdges"
      >
        <rect x={-margin} y={-margin} width={whole} height={whole} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
      <div>
        <p>{t('factor.cannotScan')}</p>
        <code className={style.key}>{shown.key.match(/.{1,4}/g)?.join(' ')}</code>
        <p className={style.row}>
          <Button small icon="copy" onClick={copy}>
            {t('factor.copyKey')}
          </Button>
          <a href={shown.uri}>{t('factor.openApp')}</a>
        </p>
      </div>
      <CodeField ref={field} value={code} onChange={setCode} error={tried && !code.trim() ? t('factor.codeMissing') : wrong} />
      {error !== null && error !== undefined && !wrong && <p role="alert">{text(error)}</p>}
      <Button look="primary" type="submit" aria-busy={pending} disabled={pending}>
        {t('factor.confirm')}
      </Button>
    </form>
  );
}
