import { useTranslation } from 'react-i18next';
import type { Attachment } from '@/api/schema.gen';
import { Icon } from '@/design/Icon';
import { size } from '@/i18n/format';
import { useLanguage } from '@/i18n/words';
import style from './Attachments.module.css';

/** The files of a message; an infected one can be seen but not fetched. Of foreign ones it is said how far they were checked. */
export function Attachments({ items, foreign }: { items: readonly Attachment[]; foreign: boolean }) {
  const { t } = useTranslation();
  const files = items.filter((each) => !each.inline);
  if (files.length === 0) return null;
  return (
    <ul className={style.files} aria-label={t('conversation.attachments')}>
      {files.map((file) => (
        <li key={file.id}>
          {file.scan === 'infected' ? (
            <span className={`${style.file} ${style.infected}`}>
              <Label file={file} foreign={foreign} />
            </span>
          ) : (
            <a className={style.file} href={file.url} download={file.name}>
              <span className="visually-hidden">{t('conversation.download', { name: '' })}</span>
              <Label file={file} foreign={foreign} />
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}

function Label({ file, foreign }: { file: Attachment; foreign: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <>
      <Icon name={file.scan === 'infected' ? 'warn' : file.type.startsWith('image/') ? 'image' : 'file'} size={15} />
      <span className={style.name}>{file.name}</span>
      <span className={style.size}>
        {size(file.size, language)}
        {(foreign || file.scan === 'infected') && ` · ${t(`conversation.scan.${file.scan}`)}`}
      </span>
    </>
  );
}
