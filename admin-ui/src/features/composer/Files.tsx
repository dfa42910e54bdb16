import { useTranslation } from 'react-i18next';
import type { Upload } from '@/api/schema.gen';
import { IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { size } from '@/i18n/format';
import { useLanguage } from '@/i18n/words';
import { limits } from './uploads';
import type { Underway } from './useUploads';
import style from './Files.module.css';

interface Props {
  attached: readonly Upload[];
  underway: readonly Underway[];
  onDetach: (id: string) => void;
  onRemove: (key: number) => void;
  onRetry: (item: Underway) => void;
}

/** The files of what is being written: attached, on their way, or refused with the reason. */
export function Files({ attached, underway, onDetach, onRemove, onRetry }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (attached.length + underway.length === 0) return null;
  return (
    <ul className={style.files} aria-label={t('conversation.attachments')}>
      {attached.map((file) => (
        <li key={file.id} className={style.file}>
          <Icon name="file" size={14} />
          <span className={style.name}>{file.name}</span>
          <span className={style.aside}>{size(file.size, language)}</span>
          <IconButton small icon="close" label={t('composer.remove', { name: file.name })} onClick={() => onDetach(file.id)} />
        </li>
      ))}
      {underway.map((item) => (
        <li key={item.key} className={style.file} data-failed={item.error !== undefined}>
          <Icon name={item.error ? 'warn' : 'file'} size={14} />
          <span className={style.name}>{item.file.name}</span>
          {item.error ? (
            <span className={style.aside}>{item.error}</span>
          ) : (
            <progress
              value={item.share}
              aria-label={t('composer.uploading', { name: item.file.name, percent: Math.round(item.share * 100) })}
            />
          )}
          {item.error && !item.final && item.file.size > 0 && item.file.size <= limits.bytes && (
            <IconButton small icon="refresh" label={t('composer.retryUpload', { name: item.file.name })} onClick={() => onRetry(item)} />
          )}
          <IconButton small icon="close" label={t('composer.remove', { name: item.file.name })} onClick={() => onRemove(item.key)} />
        </li>
      ))}
    </ul>
  );
}
