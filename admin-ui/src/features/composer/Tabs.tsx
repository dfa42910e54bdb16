import { useTranslation } from 'react-i18next';
import type { DraftKind } from '@/api/schema.gen';
import { IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { useMoments } from '@/i18n/words';
import type { DraftHandle } from './useDraft';
import style from './Tabs.module.css';

interface Props {
  kind: DraftKind;
  kinds: readonly DraftKind[];
  draft: DraftHandle;
  onKind: (kind: DraftKind) => void;
  onClose: () => void;
}

/** Which of the two is being written, how far it is saved, and the way to put it aside. */
export function Tabs({ kind, kinds, draft, onKind, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <div className={style.bar}>
      {kinds.map((each) => (
        <button key={each} type="button" className={style.tab} data-kind={each} aria-pressed={each === kind} onClick={() => onKind(each)}>
          <Icon name={each} size={14} /> {t(`composer.${each}`)}
        </button>
      ))}
      {kind === 'note' && <p className={style.warning}>{t('composer.noteWarning')}</p>}
      <SavedState draft={draft} />
      <IconButton small icon="down" label={t('composer.collapse')} onClick={onClose} />
    </div>
  );
}

function SavedState({ draft }: { draft: DraftHandle }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const { saved } = draft;
  const words = {
    idle: '',
    saving: t('composer.draft.saving'),
    saved: saved.state === 'saved' ? t('composer.draft.saved', { time: moments.clock(saved.at) }) : '',
    local: t('composer.draft.local'),
  };
  return (
    <span className={style.saved} data-state={saved.state}>
      {words[saved.state]}
    </span>
  );
}
