import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { pending } from './pending';
import { useUndo } from './useUndo';

/** Calls one's own reply back from within the conversation, also on another PC. */
export function UndoButton({ message }: { message: Message }) {
  const { t } = useTranslation();
  const undo = useUndo();
  const writing = pending.get().find((each) => each.message === message.id)?.writing ?? { text: message.text, subject: message.subject };
  return (
    <Button
      small
      icon="undo"
      disabled={undo.isPending}
      onClick={() => undo.mutate({ message: message.id, number: message.ticket, writing })}
    >
      {t('composer.undo.cancel')}
    </Button>
  );
}
