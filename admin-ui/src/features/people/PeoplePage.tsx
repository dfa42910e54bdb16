import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Person } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { useMinute } from '@/app/clock';
import { Blank, Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TextField } from '@/design/Field';
import { fold } from '@/design/fold';
import { Tag } from '@/design/Marks';
import { More, usePortion } from '@/design/More';
import { Page, PageHead } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { useMe } from '@/features/session/me';
import { officesQuery } from '@/features/ticket/tickets';
import { useMoments } from '@/i18n/words';
import { EndDialog } from './EndDialog';
import { LinkDialog } from './LinkDialog';
import { peopleQuery, usePeople } from './people';
import { PersonDialog } from './PersonDialog';
import { ResetDialog } from './ResetDialog';
import { SessionsDialog } from './SessionsDialog';
import style from './PeoplePage.module.css';

type Over =
  | { what: 'person'; person?: Person }
  | { what: 'link'; name: string; secret: string }
  | { what: 'factor' | 'sessions' | 'end'; person: Person };

/** "Persone": who may sign in, as what and for which offices. */
export function PeoplePage() {
  const { t } = useTranslation();
  const query = useQuery(peopleQuery);
  const [words, setWords] = useState('');
  const [over, setOver] = useState<Over>();
  useTitle(t('people.title'));
  const wanted = fold(words.trim());
  const found = query.data?.filter((each) => fold(`${each.name} ${each.login}`).includes(wanted));
  const { shown, ...more } = usePortion(found ?? []);
  const list = useRef<HTMLUListElement>(null);
  const link = (person: Person, secret: string) => setOver({ what: 'link', name: person.name, secret });
  return (
    <Page>
      <PageHead
        title={t('people.title')}
        lead={t('people.lead')}
        acts={
          <Button look="primary" icon="plus" onClick={() => setOver({ what: 'person' })}>
            {t('people.invite')}
          </Button>
        }
      />
      <div className={style.search}>
        <TextField label={t('people.search')} type="search" value={words} onChange={(event) => setWords(event.target.value)} />
      </div>
      {query.isError && <Broken error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton rows={6} label={t('loading')} />}
      {found?.length === 0 && <Blank title={t('people.none')} />}
      <ul ref={list} className={style.people}>
        {shown.map((person) => (
          <Row
            key={person.id}
            person={person}
            onChange={() => setOver({ what: 'person', person })}
            onLink={link}
            onFactor={() => setOver({ what: 'factor', person })}
            onSessions={() => setOver({ what: 'sessions', person })}
            onEnd={() => setOver({ what: 'end', person })}
          />
        ))}
      </ul>
      <More list={list} {...more} />
      {over?.what === 'person' && (
        <PersonDialog {...(over.person && { person: over.person })} onClose={() => setOver(undefined)} onInvited={link} />
      )}
      {over?.what === 'sessions' && <SessionsDialog person={over.person} onClose={() => setOver(undefined)} />}
      {over?.what === 'factor' && <ResetDialog person={over.person} onClose={() => setOver(undefined)} />}
      {over?.what === 'end' && <EndDialog person={over.person} onClose={() => setOver(undefined)} />}
      {over?.what === 'link' && <LinkDialog name={over.name} secret={over.secret} onClose={() => setOver(undefined)} />}
    </Page>
  );
}

interface RowProps {
  person: Person;
  onChange: () => void;
  onLink: (person: Person, secret: string) => void;
  onFactor: () => void;
  onSessions: () => void;
  onEnd: () => void;
}

function Row({ person, onChange, onLink, onFactor, onSessions, onEnd }: RowProps) {
  const { t } = useTranslation();
  const me = useMe();
  const text = useProblemText();
  const offices = useQuery(officesQuery).data ?? [];
  const { again, change, signOut } = usePeople();
  const onError = (error: Error) => toast(text(error), { tone: 'danger' });
  const where = offices.filter((each) => person.offices.includes(each.id)).map((each) => each.name);
  return (
    <li className={style.person} data-active={person.active}>
      <div className={style.who}>
        <strong>{person.name}</strong>
        <small>{person.login}</small>
      </div>
      <div className={style.what}>
        <span>{t(`settings.role.${person.role}`)}</span>
        <small>{where.join(', ') || t('people.noOffice')}</small>
      </div>
      <State person={person} />
      <div className={style.acts}>
        <Button small onClick={onChange} aria-label={t('people.changeOf', { name: person.name })}>
          {t('people.change')}
        </Button>
        {person.active && (
          <Button
            small
            onClick={() => again.mutate(person.id, { onSuccess: (made) => onLink(person, made.secret), onError })}
            aria-label={t('people.newLinkFor', { name: person.name })}
          >
            {t('people.newLink')}
          </Button>
        )}
        {person.sessions > 0 && person.id !== me.id && (
          <Button small onClick={onSessions} aria-label={t('factor.sessionsOf', { name: person.name })}>
            {t('factor.sessions')}
          </Button>
        )}
        {person.sessions > 0 && person.id !== me.id && (
          <Button
            small
            onClick={() => signOut.mutate(person.id, { onSuccess: () => toast(t('people.signedOut', { name: person.name })), onError })}
            aria-label={t('people.signOutOf', { name: person.name })}
          >
            {t('people.signOut')}
          </Button>
        )}
        {person.second_factor && person.id !== me.id && (
          <Button small onClick={onFactor} aria-label={t('factor.resetOf', { name: person.name })}>
            {t('factor.reset')}
          </Button>
        )}
        {person.id !== me.id && (
          <Button
            small
            onClick={() => (person.active ? onEnd() : change.mutate({ id: person.id, active: true }, { onError }))}
            aria-label={t(person.active ? 'people.endOf' : 'people.giveBackTo', { name: person.name })}
          >
            {t(person.active ? 'people.end' : 'people.giveBack')}
          </Button>
        )}
      </div>
    </li>
  );
}

function State({ person }: { person: Person }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useMinute();
  return (
    <div className={style.state}>
      {!person.active && <Tag>{t('people.ended')}</Tag>}
      {person.second_factor && <Tag>{t('factor.has')}</Tag>}
      {person.active && person.sessions > 0 && <Tag tone="accent">{t('people.sessions', { count: person.sessions })}</Tag>}
      {person.active && person.invited_until && (
        <Tag tone="note">{t('people.invited', { time: moments.date(person.invited_until, now) })}</Tag>
      )}
      {person.active && !person.has_password && !person.invited_until && <Tag tone="danger">{t('people.noWayIn')}</Tag>}
    </div>
  );
}
