import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfficeDetail } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { announce } from '@/design/announce';
import { Button } from '@/design/Button';
import { SelectField } from '@/design/Field';
import { Tag } from '@/design/Marks';
import { toast } from '@/design/toasts';
import { operatorsQuery } from '@/features/ticket/tickets';
import { DismissDialog } from './DismissDialog';
import { useOffice } from './offices';
import style from './OfficePage.module.css';

/** Who belongs to an office; the role is the person's own. */
export function Members({ office, readOnly }: { office: OfficeDetail; readOnly: boolean }) {
  const { t } = useTranslation();
  const [leaving, setLeaving] = useState<OfficeDetail['people'][number]>();
  return (
    <>
      {office.people.length === 0 && <p>{t('offices.nobody')}</p>}
      <ul className={style.list}>
        {office.people.map((person) => (
          <li key={person.id}>
            <span>
              {person.name} {!person.active && <Tag>{t('people.ended')}</Tag>}
              <small>{t(`settings.role.${person.role}`)}</small>
            </span>
            {!readOnly && (
              <Button small aria-label={t('offices.removeOf', { name: person.name })} onClick={() => setLeaving(person)}>
                {t('offices.remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {!readOnly && <Add office={office} />}
      {leaving && <DismissDialog office={office} person={leaving} onClose={() => setLeaving(undefined)} />}
    </>
  );
}

function Add({ office }: { office: OfficeDetail }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { admit } = useOffice(office.entry.id);
  const [who, setWho] = useState('');
  const others = useQuery(operatorsQuery).data?.filter((each) => !office.people.some((person) => person.id === each.id)) ?? [];
  const add = () =>
    admit.mutate(who, {
      onSuccess: () => {
        setWho('');
        announce(t('offices.added'));
      },
      onError: (error) => toast(text(error), { tone: 'danger' }),
    });
  return (
    <div className={style.add}>
      <SelectField label={t('offices.addMember')} value={who} onChange={(event) => setWho(event.target.value)}>
        <option value="">{t('offices.choose')}</option>
        {others.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <Button icon="plus" disabled={who === '' || admit.isPending} onClick={add}>
        {t('offices.add')}
      </Button>
    </div>
  );
}
