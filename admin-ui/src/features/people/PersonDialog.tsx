import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Person, Role } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { useMe } from '@/features/session/me';
import { OfficeChoice } from './OfficeChoice';
import { usePeople } from './people';
import { returnsQuery, some, type Leaving } from './returns';
import { Returns, useParting } from './Returns';
import style from './PeoplePage.module.css';

const roles: readonly Role[] = [
  'first_level',
  'back_office',
  'office_head',
  'communications',
  'knowledge_editor',
  'administrator',
  'auditor',
];

interface Props {
  /** Who is changed; somebody new when absent. */
  person?: Person;
  onClose: () => void;
  /** Called with the secret of the link that somebody new gets. */
  onInvited: (person: Person, secret: string) => void;
}

/** Invites somebody, or changes somebody's role and offices. */
export function PersonDialog({ person, onClose, onInvited }: Props) {
  const { t } = useTranslation();
  const form = useId();
  const me = useMe();
  const text = useProblemText();
  const fieldText = useFieldText();
  const { invite, change } = usePeople();
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [role, setRole] = useState<Role>(person?.role ?? 'back_office');
  const [chosen, setChosen] = useState<readonly string[]>(person?.offices ?? []);
  const [tried, setTried] = useState(false);
  const leaving = person && partOf(person, role, chosen);
  const returns = useQuery({ ...returnsQuery(person?.id ?? '', leaving ?? {}), enabled: leaving !== undefined });
  const parting = useParting();
  const error = invite.error ?? change.error;
  const missing = (value: string) => (tried && !value.trim() ? t('error.field.required') : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const where = [...chosen];
    const saved = () => {
      if (person && leaving) toast(parting(t('people.saved', { name: person.name }), returns.data));
      onClose();
    };
    if (person) change.mutate({ id: person.id, offices: where, ...(person.id !== me.id && { role }) }, { onSuccess: saved });
    else if (name.trim() && login.trim())
      invite.mutate(
        { name: name.trim(), login: login.trim(), role, offices: where },
        { onSuccess: (made) => onInvited(made.person, made.secret) },
      );
  };
  return (
    <Dialog
      title={person ? t('people.changeOf', { name: person.name }) : t('people.invite')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form={form}
            disabled={invite.isPending || change.isPending || (leaving !== undefined && returns.isPending)}
          >
            {person ? t('people.save') : t('people.makeLink')}
          </Button>
        </>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        {error && <p role="alert">{text(error)}</p>}
        {!person && (
          <>
            <TextField
              label={t('people.name')}
              maxLength={200}
              value={name}
              onChange={(event) => setName(event.target.value)}
              error={missing(name) ?? fieldText(error, 'name')}
            />
            <TextField
              label={t('people.login')}
              hint={t('people.loginHint')}
              autoCapitalize="none"
              spellCheck={false}
              maxLength={100}
              value={login}
              onChange={(event) => setLogin(event.target.value)}
              error={missing(login) ?? fieldText(error, 'login')}
            />
          </>
        )}
        {person?.id === me.id ? (
          <p>{t('people.notYourself')}</p>
        ) : (
          <SelectField
            label={t('people.role')}
            hint={t(`people.does.${role}`)}
            value={role}
            onChange={(event) => setRole(roles.find((each) => each === event.target.value) ?? role)}
          >
            {roles.map((each) => (
              <option key={each} value={each}>
                {t(`settings.role.${each}`)}
              </option>
            ))}
          </SelectField>
        )}
        <OfficeChoice chosen={chosen} onChange={setChosen} />
        {leaving && (!returns.data || some(returns.data)) && <Returns of={returns} name={person.name} />}
      </form>
    </Dialog>
  );
}

/** What somebody gives up with a change, or may: undefined while it is nothing. */
function partOf(person: Person, role: Role, offices: readonly string[]): Leaving | undefined {
  const leave = person.offices.filter((each) => !offices.includes(each));
  const join = offices.filter((each) => !person.offices.includes(each));
  if (leave.length === 0 && role === person.role) return undefined;
  return { ...(role !== person.role && { role }), ...(leave.length > 0 && { leave }), ...(join.length > 0 && { join }) };
}
