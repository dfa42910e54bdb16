import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { identityQuery, signedBy } from '@/features/ticket/tickets';
import style from './Signed.module.css';

/** Before sending: whose name the citizen will read, and what is put under the text. */
export function Signed({ office, kind }: { office: string; kind: string | undefined }) {
  const { t } = useTranslation();
  const { data } = useQuery(identityQuery(office));
  if (!data) return null;
  const { sender, signature } = signedBy(data, kind);
  if (!signature) return <p className={style.line}>{t('composer.from', { sender })}</p>;
  return (
    <details className={style.line}>
      <summary>{t('composer.fromSigned', { sender })}</summary>
      <p className={style.signature}>{signature}</p>
    </details>
  );
}
