import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Session } from '@/api/schema.gen';
import { Mark } from '@/design/Mark';
import { useTitle } from '@/design/useTitle';
import { meQuery } from './me';
import { SignInForm } from './SignInForm';
import { useTown } from './town';
import style from './SignInPage.module.css';

/** The first page: whose counter this is, and the way in. */
export function SignInPage() {
  const { t } = useTranslation();
  const town = useTown();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ from: '/sign-in' });
  useTitle(t('signin.title'));

  const enter = async (_session: Session) => {
    client.removeQueries({ queryKey: meQuery.queryKey });
    await client.ensureQueryData(meQuery);
    // Only paths of this page: a foreign address in `next` must not carry the operator away.
    await navigate({ href: next && /^\/(?!\/|\\)/.test(next) ? next : '/', replace: true });
  };
  return (
    <main className={style.page}>
      <section className={style.card}>
        <header>
          <Mark size={40} />
          <div>
            <h1>{t('product')}</h1>
            <p className={style.town}>{town.data?.name ?? '\u00a0'}</p>
          </div>
        </header>
        <SignInForm onSignedIn={(session) => void enter(session)} />
        <p className={style.help}>{t('signin.help')}</p>
      </section>
      <aside className={style.side}>
        <Portico />
        <p>{t('signin.lead')}</p>
      </aside>
    </main>
  );
}

/** Two storeys of a town hall: seven arches and a clock. */
function Portico() {
  const arches = [0, 1, 2, 3, 4, 5, 6];
  return (
    <svg viewBox="0 0 560 300" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      {arches.map((n) => (
        <path key={n} d={`M${14 + n * 76} 296V206a38 38 0 0 1 76 0v90M${30 + n * 76} 296V208a22 22 0 0 1 44 0v88`} />
      ))}
      {arches.map((n) => (
        <path key={n} d={`M${34 + n * 76} 140V104a18 18 0 0 1 36 0v36ZM${52 + n * 76} 86v54M${34 + n * 76} 112h36`} />
      ))}
      <path d="M4 296h552M4 160h552M4 152h552M14 152V60h532v92M4 60h552M234 60l46-38 46 38M280 34v0" />
      <circle cx="280" cy="47" r="9" />
      <path d="M280 42v5l3 3" />
    </svg>
  );
}
