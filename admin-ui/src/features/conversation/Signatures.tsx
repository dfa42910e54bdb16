import { useTranslation } from 'react-i18next';
import type { Message, Signature } from '@/api/schema.gen';
import { Tag } from '@/design/Marks';
import { useMoments } from '@/i18n/words';

/** What the sender's own signatures are worth, in words: only an intact one of a trusted signer names who wrote. */
export function Signatures({ message }: { message: Message }) {
  return message.signatures?.map((each, index) => <SignatureTag key={index} signature={each} />);
}

function SignatureTag({ signature }: { signature: Signature }) {
  const { t } = useTranslation();
  const names = {
    signer: signature.signer ?? t('conversation.signature.somebody'),
    email: signature.email ?? '',
    issuer: signature.issuer ?? '',
  };
  const moments = useMoments();
  const signedAt = signature.signed_at ? ` ${t('conversation.signature.at', { when: moments.full(signature.signed_at) })}` : '';
  const why = signature.reason ? t(`conversation.signature.reason.${signature.reason}`, { ...names, defaultValue: '' }) : '';
  switch (signature.state) {
    case 'valid':
      if (!signature.whole) return <Tag title={t('conversation.signature.partHint', names)}>{t('conversation.signature.part', names)}</Tag>;
      return (
        <Tag tone="accent" icon="check" title={t('conversation.signature.validHint', names) + signedAt}>
          {t('conversation.signature.valid', names)}
        </Tag>
      );
    case 'untrusted':
      return (
        <Tag tone="doubt" icon="warn" title={why}>
          {t('conversation.signature.untrusted', names)}
        </Tag>
      );
    case 'broken':
      return (
        <Tag tone="danger" icon="warn" title={why}>
          {t('conversation.signature.broken')}
        </Tag>
      );
    default:
      return <Tag title={why}>{t('conversation.signature.unverified')}</Tag>;
  }
}
