import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { identityQuery } from '@/features/ticket/tickets';
import style from './Signed.module.css';

/** Before sending: whose name the citizen will read, and what is put under the text. */
export function Signed({ office }: { office: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(identityQuery(office));
  if (!data) return null;
  if (!data.signature) return <p className={style.line}>{t('composer.from', { sender: data.sender })}</p>;
  return (
    <details className={style.line}>
      <summary>{t('composer.fromSigned', { sender: data.sender })}</summary>
      <p className={style.signature}>{data.signature}</p>
    </details>
  );
}
