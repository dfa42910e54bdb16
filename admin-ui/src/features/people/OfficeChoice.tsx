import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckField, TextField } from '@/design/Field';
import { fold } from '@/design/fold';
import { officesQuery } from '@/features/ticket/tickets';
import style from './PeoplePage.module.css';

/** More offices than this are searched by name. */
const many = 12;

interface Props {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

/** To which offices somebody belongs: those that were chosen at first stand first, so that nobody looks for them among 200. */
export function OfficeChoice({ chosen, onChange }: Props) {
  const { t } = useTranslation();
  const offices = useQuery(officesQuery).data ?? [];
  const [first] = useState(chosen);
  const [words, setWords] = useState('');
  const wanted = fold(words);
  const sorted = [...offices.filter((each) => first.includes(each.id)), ...offices.filter((each) => !first.includes(each.id))];
  const found = sorted.filter((each) => fold(each.name).includes(wanted));
  return (
    <fieldset className={style.offices}>
      <legend>{t('people.offices')}</legend>
      {offices.length > many && (
        <TextField
          label={t('people.findOffice')}
          type="search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          // Searching is not yet sending the form.
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
      )}
      <div className={style.choices}>
        {found.map((office) => (
          <CheckField
            key={office.id}
            label={office.name}
            checked={chosen.includes(office.id)}
            onChange={(event) => onChange(event.target.checked ? [...chosen, office.id] : chosen.filter((each) => each !== office.id))}
          />
        ))}
        {wanted && found.length === 0 && <p>{t('offices.none')}</p>}
      </div>
    </fieldset>
  );
}
