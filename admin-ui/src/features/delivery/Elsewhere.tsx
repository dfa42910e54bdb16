import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery, DeliveryDetail, DeliveryOption } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { command, useCommands } from '@/features/command/registry';
import { useMay } from '@/features/session/me';
import { useCoded, useReason } from '@/i18n/words';
import style from './Deliveries.module.css';
import { deliveryQuery } from './tasks';
import { useDecide } from './useDecide';

/** After a final failure: where the same message can go instead, and why. Nothing goes by itself. */
export function Elsewhere({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation();
  const may = useMay('delivery.decide');
  const { data } = useQuery({ ...deliveryQuery(delivery.id), enabled: may });
  if (!may || !data || data.decided) return null;
  if (!data.proposed) return <p className={style.elsewhere}>{t('delivery.elsewhere.none')}</p>;
  return <Proposal delivery={data} proposed={data.proposed} />;
}

function Proposal({ delivery, proposed }: { delivery: DeliveryDetail; proposed: DeliveryOption }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const reason = useReason('reason');
  const problem = useProblemText();
  const { mutate, isPending, error } = useDecide(delivery);
  const { address } = proposed.to;
  const title = t('delivery.elsewhere.send', { address });
  const commands = useMemo(
    () => [
      command({
        id: `elsewhere ${delivery.id}`,
        title,
        section: 'ticket',
        icon: 'send',
        synonyms: t('delivery.elsewhere.synonyms'),
        run: () => mutate({ outcome: 'elsewhere', reason: '' }),
      }),
    ],
    [delivery.id, title, t, mutate],
  );
  useCommands(commands);
  return (
    <div className={style.elsewhere}>
      <p>
        {coded('delivery.elsewhere.why', whyOf(delivery), { address: delivery.address })}:{' '}
        {t('delivery.elsewhere.way', { way: t(`way.${proposed.to.kind}`), address, reason: reason(proposed.reason) })}
      </p>
      <Button small look="primary" icon="send" disabled={isPending} onClick={() => mutate({ outcome: 'elsewhere', reason: '' })}>
        {title}
      </Button>
      {error && (
        <p className={style.error} role="alert">
          {problem(error)}
        </p>
      )}
    </div>
  );
}

const phones: readonly string[] = ['mobile', 'landline', 'fax'];

/** What was wrong with the first way, as a word of ours. */
function whyOf({ state, error, kind }: DeliveryDetail): string {
  if (state === 'expired') return 'expired';
  if (error?.class === 'recipient') return phones.includes(kind) ? 'number' : 'address';
  return error?.class === 'opted_out' || error?.class === 'content' ? error.class : 'unknown';
}
