import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { DraftKind, Reply, Standing } from '@/api/schema.gen';
import { Button, IconButton } from '@/design/Button';
import { Icon } from '@/design/Icon';
import { Picker } from '@/design/Picker';
import { toast } from '@/design/toasts';
import { printed } from '@/features/command/keymap';
import { command, useCommands } from '@/features/command/registry';
import { plainOutcome, useOutcomeChoices } from '@/features/standing/standing';
import { size } from '@/i18n/format';
import { useLanguage } from '@/i18n/words';
import { limits } from './uploads';
import type { DraftHandle } from './useDraft';
import style from './Foot.module.css';

interface Props {
  kind: DraftKind;
  draft: DraftHandle;
  busy: boolean;
  discardable: boolean;
  onFiles: (files: File[]) => void;
  onSend: (status?: Reply['status'], said?: Standing) => void;
}

/** The acts at the foot of the sheet: attach, throw away, send. */
export function Foot({ kind, draft, busy, discardable, onFiles, onSend }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const files = useRef<HTMLInputElement>(null);
  const hint = t('composer.attachHint', { limit: size(limits.bytes, language), count: limits.files });
  const endings = useOutcomeChoices().filter((each) => plainOutcome(each.value));
  useSendCommands(kind, onSend);
  const discard = () => {
    const before = draft.writing;
    draft.discard();
    toast(t('composer.discarded'), { action: { label: t('composer.undoDiscard'), run: () => draft.replace(before) } });
  };
  return (
    <div className={style.foot}>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      <span className={style.rule} />
      <IconButton small icon="attach" label={`${t('composer.attach')}: ${hint}`} onClick={() => files.current?.click()} />
      {discardable && <IconButton small icon="trash" label={t('composer.discard')} onClick={discard} />}
      <span className={style.send}>
        {kind === 'note' ? (
          <Button look="note" aria-busy={busy} onClick={() => onSend()} title={printed('Ctrl+Enter')}>
            {t('composer.addNote')}
          </Button>
        ) : (
          <>
            <Picker
              label={t('standing.sendWith')}
              choices={endings}
              className={style.ending}
              align="end"
              onPick={(value) => onSend('resolved', plainOutcome(value))}
            >
              <Icon name="down" size={14} label={t('standing.sendWith')} />
            </Picker>
            <Button look="plain" onClick={() => onSend('resolved')} title={printed('Ctrl+Shift+Enter')}>
              {t('composer.sendClose')}
            </Button>
            <Button look="primary" icon="send" aria-busy={busy} onClick={() => onSend()} title={printed('Ctrl+Enter')}>
              {busy ? t('composer.sending') : t('composer.send')}
            </Button>
          </>
        )}
      </span>
    </div>
  );
}

function useSendCommands(kind: DraftKind, onSend: Props['onSend']) {
  const { t } = useTranslation();
  const now = useRef(onSend);
  useEffect(() => {
    now.current = onSend;
  });
  const commands = useMemo(
    () => [
      command({ id: 'send', title: kind === 'note' ? t('composer.addNote') : t('command.send'), icon: 'send', run: () => now.current() }),
      ...(kind === 'reply'
        ? [command({ id: 'sendClose', title: t('command.sendClose'), icon: 'send', run: () => now.current('resolved') })]
        : []),
    ],
    [t, kind],
  );
  useCommands(commands);
}
