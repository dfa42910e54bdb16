import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Ask } from '@/api/schema.gen';
import { Blank } from '@/design/Blank';
import { TicketNumber } from '@/design/Marks';
import { Split } from '@/design/Split';
import { TaskList } from '@/design/TaskList';
import { useTitle } from '@/design/useTitle';
import { TicketView } from '@/features/conversation/TicketView';
import { countsQuery } from '@/features/ticket/tickets';
import { askedName, asksQuery, type Box } from './asks';
import { Due } from './Due';
import style from './Asks.module.css';

const boxes: readonly Box[] = ['received', 'sent'];

/** Questions between offices: what mine are asked and what I asked, each beside its ticket. */
export function AsksPage() {
  const { t } = useTranslation();
  const { box } = useParams({ from: '/inside/asks/$box' });
  const { item } = useSearch({ from: '/inside/asks/$box' });
  const navigate = useNavigate();
  const query = useInfiniteQuery(asksQuery(box));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = items.find((each) => each.id === item);
  useTitle(t('nav.asks'));
  const back = () => void navigate({ to: '/asks/$box', params: { box } });
  return (
    <Split
      key={box}
      title={t('nav.asks')}
      lead={t(`ask.lead_${box}`)}
      chosen={chosen !== undefined}
      list={
        <>
          <Boxes />
          <TaskList
            label={t(`ask.list_${box}`)}
            query={{ ...query, items }}
            chosen={item}
            empty={<Blank title={t(`ask.none_${box}.title`)} body={t(`ask.none_${box}.body`)} />}
            row={(each) => <Row ask={each} box={box} />}
          />
        </>
      }
      detail={chosen ? <Chosen key={chosen.id} ask={chosen} onBack={back} /> : items.length > 0 && <Blank quiet title={t('ask.choose')} />}
    />
  );
}

/** The ticket of a question, filling its side as in the inbox. */
function Chosen({ ask, onBack }: { ask: Ask; onBack: () => void }) {
  return (
    <div className={style.chosen}>
      <TicketView number={ask.ticket} onBack={onBack} onMoved={stays} />
    </div>
  );
}

/** A question names the ticket to go on with: it has not moved. */
const stays = () => undefined;

function Boxes() {
  const { t } = useTranslation();
  const counts = useQuery(countsQuery).data;
  const waiting = { received: counts?.asked, sent: counts?.answered };
  return (
    <nav className={style.boxes} aria-label={t('nav.asks')}>
      {boxes.map((each) => (
        <Link
          key={each}
          to="/asks/$box"
          params={{ box: each }}
          activeProps={{ 'aria-current': 'page' }}
          activeOptions={{ includeSearch: false }}
        >
          {t(`ask.box_${each}`)}
          {waiting[each] ? ` (${waiting[each]})` : ''}
        </Link>
      ))}
    </nav>
  );
}

function Row({ ask, box }: { ask: Ask; box: Box }) {
  const { t } = useTranslation();
  return (
    <>
      <strong className={style.cut}>{box === 'received' ? ask.from_office.name : askedName(ask)}</strong>
      <span className={style.when}>
        {ask.state === 'open' ? ask.answer ? t('ask.state.answered') : <Due ask={ask} /> : t(`ask.state.${ask.state}`)}
      </span>
      <span className={style.small}>{ask.text.length > 160 ? `${ask.text.slice(0, 160)}…` : ask.text}</span>
      <span className={style.small}>
        <TicketNumber value={ask.ticket} /> · {ask.subject}
        {ask.reminded_at && ask.state === 'open' && ` · ${t('ask.reminded')}`}
      </span>
    </>
  );
}
