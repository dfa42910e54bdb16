import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DeliveryDetail, DeliveryState } from '@/api/schema.gen';
import { Broken, Skeleton } from '@/design/Blank';
import { Detail, FactsTable } from '@/design/Detail';
import { TicketNumber } from '@/design/Marks';
import { useMay } from '@/features/session/me';
import { useCoded, useMoments } from '@/i18n/words';
import { Delay } from './Delay';
import { DecisionForm } from './DecisionForm';
import style from './DeliveriesPage.module.css';
import { StateMark } from './StateMark';
import { open, troubled } from './states';
import { deliveryQuery } from './tasks';
import { useErrorWords } from './useErrorWords';

/** One delivery: what was tried, what is proved, and the decision. */
export function DeliveryCase({ id }: { id: string }) {
  const { t } = useTranslation();
  const may = useMay('delivery.decide');
  const query = useQuery(deliveryQuery(id));
  if (query.isPending) return <Skeleton rows={4} label={t('loading')} />;
  if (query.isError) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  const delivery = query.data;
  return (
    <Detail title={delivery.subject}>
      <FactsTable
        rows={[
          [
            t('task.ticket'),
            <Link key="ticket" to="/inbox/$queue/$number" params={{ queue: 'all', number: delivery.ticket }}>
              <TicketNumber value={delivery.ticket} />
            </Link>,
          ],
          [t('task.to'), delivery.name ? `${delivery.name} <${delivery.address}>` : delivery.address],
          [t('quarantine.channel'), delivery.channel.name],
        ]}
      />
      <What delivery={delivery} />
      {delivery.preview && (
        <blockquote className={style.quote}>
          <p>{delivery.preview}</p>
          {delivery.author && <footer>{t('delivery.by', { name: delivery.author.name })}</footer>}
        </blockquote>
      )}
      {open(delivery) && may ? <DecisionForm delivery={delivery} /> : <Decided delivery={delivery} />}
      <Tries delivery={delivery} />
      <Changes delivery={delivery} />
      <Proofs delivery={delivery} />
    </Detail>
  );
}

function What({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const errorWords = useErrorWords();
  return (
    <div className={style.what} data-state={delivery.state}>
      <p className={style.mark}>
        <StateMark state={delivery.state} /> <span>· {t(`delivery.evidence.${delivery.state}`)}</span>
      </p>
      {delivery.delayed && (
        <p>
          <Delay delay={delivery.delayed} dated />
        </p>
      )}
      {delivery.error && troubled.includes(delivery.state) && <p>{errorWords(delivery.error)}.</p>}
      {delivery.error?.text && delivery.state === 'failed' && (
        <p className={style.provider}>{t('delivery.provider', { text: delivery.error.text })}</p>
      )}
    </div>
  );
}

function Decided({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const { decision } = delivery;
  if (!decision) return null;
  return (
    <p>
      <strong>{t(`task.option.${decision.outcome}`)}</strong> · {t('task.decided', { name: decision.actor?.name ?? t('ticket.byHub') })}
      {decision.reason && `: ${decision.reason}`}
    </p>
  );
}

function Tries({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const moments = useMoments();
  if (delivery.tries.length === 0) return null;
  return (
    <section className={style.history}>
      <h3>{t('task.tries')}</h3>
      <ol>
        {delivery.tries.map((each) => (
          <li key={each.number}>
            <span>{t('task.try', { number: each.number })}</span>
            <time dateTime={each.started_at}>{moments.full(each.started_at)}</time>
            <span>
              {each.finished_at ? coded('task.tryOutcome', each.outcome ?? 'done') : t('task.cut')}
              {each.text && ` · «${each.text}»`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Proofs({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const moments = useMoments();
  if (delivery.proofs.length === 0) return null;
  return (
    <section className={style.history}>
      <h3>{t('task.proofs')}</h3>
      <ol>
        {delivery.proofs.map((proof) => (
          <li key={`${proof.at} ${proof.kind}`}>
            <span>{proof.kind}</span>
            <time dateTime={proof.at}>{moments.full(proof.at)}</time>
            {proof.verified && <span>{t('task.proofVerified')}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The states that come with words of the provider or of a colleague; at the others the hub notes things for its log. */
const spoken: readonly DeliveryState[] = ['accepted', 'sent', 'delivered', 'read', 'failed', 'expired', 'cancelled'];

function Changes({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation();
  const coded = useCoded();
  const moments = useMoments();
  if (delivery.history.length === 0) return null;
  return (
    <section className={style.history}>
      <h3>{t('task.history')}</h3>
      <ol>
        {delivery.history.map((change) => (
          <li key={`${change.at} ${change.to}`}>
            <StateMark state={change.to} />
            <time dateTime={change.at}>{moments.full(change.at)}</time>
            <span>
              {coded('task.change', change.reason, { name: change.actor?.name ?? '' })}
              {change.text && spoken.includes(change.to) && ` · «${change.text}»`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
