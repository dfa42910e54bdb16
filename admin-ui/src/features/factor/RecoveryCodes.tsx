import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import style from './factor.module.css';

interface Props {
  codes: readonly string[];
  /** Whose they are, for the file. */
  login: string;
  onSaved: () => void;
}

/** Shows recovery codes, this once, with the ways to keep them. */
export function RecoveryCodes({ codes, login, onSaved }: Props) {
  const { t } = useTranslation();
  const start = useRef<HTMLParagraphElement>(null);
  useEffect(() => start.current?.focus(), []);
  const copy = () => void navigator.clipboard.writeText(codes.join('\n')).then(() => toast(t('factor.codesCopied')));
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${t('factor.fileHead', { login })}\n\n${codes.join('\n')}\n`)}`;
  return (
    <div className={style.form}>
      <p ref={start} tabIndex={-1}>
        {t('factor.codesLead')}
      </p>
      <ol className={style.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <p className={style.row}>
        <Button small icon="copy" onClick={copy}>
          {t('factor.copyCodes')}
        </Button>
        <a href={file} download={t('factor.file')}>
          {t('factor.download')}
        </a>
      </p>
      <Button look="primary" onClick={onSaved}>
        {t('factor.saved')}
      </Button>
    </div>
  );
}
