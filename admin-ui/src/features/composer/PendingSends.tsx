import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSecond } from '@/app/clock';
import { useStore } from '@/app/store';
import { Button } from '@/design/Button';
import toastStyle from '@/design/Toaster.module.css';
import { command, useCommands } from '@/features/command/registry';
import style from './PendingSends.module.css';
import { forget, pending, type Pending } from './pending';
import { useUndo } from './useUndo';

/** Replies about to leave, on whatever page one is: a countdown and the way back. */
export function PendingSends() {
  const items = useStore(pending);
  return items.map((item) => <Countdown key={item.message} item={item} newest={item === items.at(-1)} />);
}

function Countdown({ item, newest }: { item: Pending; newest: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { mutate, isPending } = useUndo();
  const now = useSecond();
  const left = Math.ceil((item.until - now) / 1000);
  const gone = left <= 0;
  useEffect(() => {
    if (!gone) return;
    forget(item.message);
    void client.invalidateQueries({ queryKey: ['messages', item.number] });
  }, [gone, item, client]);
  const commands = useMemo(
    () => (newest ? [command({ id: 'undo', title: t('command.undo'), icon: 'undo', outsideText: true, run: () => mutate(item) })] : []),
    [newest, t, mutate, item],
  );
  useCommands(commands);
  if (gone) return null;
  return (
    <div className={`${toastStyle.toast} ${style.pending}`}>
      <span className={style.ring} aria-hidden="true">
        {left}
      </span>
      <p>{t('composer.undo.countdown', { name: item.name, count: left })}</p>
      <Button small disabled={isPending} onClick={() => mutate(item)}>
        {t('composer.undo.cancel')}
      </Button>
    </div>
  );
}
