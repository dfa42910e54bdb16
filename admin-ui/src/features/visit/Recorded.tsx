import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldText, useProblemText } from '@/api/wording';
import type { RecordedTicket, Tellable } from '@/api/schema.gen';
import { Button } from '@/design/Button';
import { TicketNumber } from '@/design/Marks';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { useCoded } from '@/i18n/words';
import { useTell } from './useVisit';
import style from './Visit.module.css';

interface Props {
  recorded: RecordedTicket;
  onAgain: () => void;
  onClose: () => void;
}

/** The number, large enough to be read aloud and copied onto a slip, and ways to send it. */
export function Recorded({ recorded, onAgain, onClose }: Props) {
  const { t } = useTranslation();
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => again.current?.focus(), []);
  const copy = () => void navigator.clipboard.writeText(recorded.number).then(() => toast(t('copied')));
  return (
    <div className={style.recorded}>
      <p role="status">{t('visit.saved', { office: recorded.office.name, status: t(`status.${recorded.status}`) })}</p>
      <p className={style.number}>
        <TicketNumber value={recorded.number} />
        <Button small icon="copy" onClick={copy}>
          {t('copy')}
        </Button>
      </p>
      <Telling recorded={recorded} onTold={() => again.current?.focus()} />
      <p className={style.next}>
        <Button ref={again} look="primary" icon="plus" onClick={onAgain}>
          {t('visit.again')}
        </Button>
        {recorded.in_sight && (
          <Link to="/inbox/$queue/$number" params={{ queue: 'all', number: recorded.number }} onClick={onClose}>
            {t('visit.open')}
          </Link>
        )}
      </p>
    </div>
  );
}

/** The button that sent it gives way to word of it, so that focus goes on. */
function Telling({ recorded, onTold }: { recorded: RecordedTicket; onTold: () => void }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const problemText = useProblemText();
  const fieldText = useFieldText();
  const tell = useTell(recorded);
  const told = tell.isSuccess ? tell.variables.address : undefined;
  if (recorded.tell.length === 0) return null;
  const offer = (each: Tellable) => {
    if (!each.may) return <span className={style.not}>{coded('visit.not', each.why, { address: each.address })}</span>;
    if (told === each.address) return <span role="status">{t('visit.told', { address: each.address })}</span>;
    return (
      <Button
        small
        icon={each.kind === 'mobile' ? 'sms' : 'email'}
        disabled={tell.isPending}
        onClick={() => tell.mutate(each, { onSuccess: onTold })}
      >
        {t(each.kind === 'mobile' ? 'visit.tell.mobile' : 'visit.tell.email', { address: each.address })}
      </Button>
    );
  };
  return (
    <>
      <ul className={style.tell} aria-label={t('visit.tell.label')}>
        {recorded.tell.map((each) => (
          <li key={each.address}>{offer(each)}</li>
        ))}
      </ul>
      {tell.error && <Refusal>{fieldText(tell.error, 'address') ?? problemText(tell.error)}</Refusal>}
    </>
  );
}
