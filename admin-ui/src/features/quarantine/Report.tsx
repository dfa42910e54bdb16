import { useTranslation } from 'react-i18next';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { useCoded } from '@/i18n/words';
import { sheet, type Line } from './outcome';
import item from './Item.module.css';
import style from './List.module.css';

interface Props {
  lines: readonly Line[];
  unfinished: boolean;
  /** Whether what did not work is still ticked. */
  ticked: boolean;
  onClose: () => void;
}

/** Failures that are listed; a list of thousands is for a spreadsheet. */
const listed = 100;

/** Tells one by one what did not work. */
export function Report({ lines, unfinished, ticked, onClose }: Props) {
  const { t } = useTranslation();
  const coded = useCoded();
  const failed = lines.filter((each) => each.problem);
  const worked = lines.length - failed.length;
  const said = (line: Line) => (line.problem ? coded('error', line.problem) : t('quarantine.worked'));
  const save = () => {
    const rows = lines.map((each) => [each.from ?? '', each.subject ?? '', said(each), each.ticket ?? '']);
    download(
      sheet([t('quarantine.from'), t('quarantine.subject'), t('quarantine.outcome'), t('quarantine.ticket')], rows),
      'sportello-da-verificare.csv',
    );
  };
  const actions = (
    <>
      <Button icon="download" onClick={save}>
        {t('quarantine.saveReport')}
      </Button>
      <Button onClick={onClose}>{t('close')}</Button>
    </>
  );
  const title = failed.length > 0 ? t('quarantine.failedTitle', { count: failed.length }) : t('quarantine.unfinishedTitle');
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      <p className={item.lead}>{t(ticked ? 'quarantine.failedLead' : 'quarantine.failedLeadAll', { count: worked })}</p>
      {unfinished && <p className={item.lead}>{t('quarantine.unfinished')}</p>}
      {failed.length > 0 && (
        <ul className={style.failed}>
          {failed.slice(0, listed).map((each) => (
            <li key={each.id}>
              <strong>{each.subject ?? t('quarantine.noSubject')}</strong>
              <span>{each.from ?? t('quarantine.unknownSender')}</span>
              <span className={style.reason}>{said(each)}</span>
            </li>
          ))}
          {failed.length > listed && <li>{t('quarantine.failedMore', { count: failed.length - listed })}</li>}
        </ul>
      )}
    </Dialog>
  );
}

function download(file: Blob, name: string) {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
