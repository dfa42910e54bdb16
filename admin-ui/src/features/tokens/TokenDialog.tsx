import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role, TokenLasting } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextArea, TextField } from '@/design/Field';
import { officesQuery } from '@/features/ticket/tickets';
import { useTokens } from './tokens';
import style from './Tokens.module.css';

const roles: readonly Role[] = [
  'first_level',
  'back_office',
  'office_head',
  'communications',
  'knowledge_editor',
  'administrator',
  'auditor',
];
const lastings: readonly TokenLasting[] = ['30d', '90d', '365d', 'never'];

interface Props {
  onClose: () => void;
  onMade: (name: string, secret: string) => void;
}

/** Makes a key. For how long is never chosen for one. */
export function TokenDialog({ onClose, onMade }: Props) {
  const { t } = useTranslation();
  const form = useId();
  const text = useProblemText();
  const fieldText = useFieldText();
  const offices = useQuery(officesQuery).data ?? [];
  const { make } = useTokens();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('first_level');
  const [office, setOffice] = useState('');
  const [lasts, setLasts] = useState<TokenLasting>();
  const [because, setBecause] = useState('');
  const [tried, setTried] = useState(false);
  const missing = (value: string | undefined) => (tried && !value?.trim() ? t('error.field.required') : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || !lasts || (lasts === 'never' && !because.trim())) return;
    make.mutate(
      { name: name.trim(), role, lasts, ...(office && { office_id: office }), ...(lasts === 'never' && { never_because: because.trim() }) },
      { onSuccess: (made) => onMade(made.name, made.secret) },
    );
  };
  return (
    <Dialog
      title={t('tokens.make')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" form={form} disabled={make.isPending}>
            {t('tokens.create')}
          </Button>
        </>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        {make.error && <p role="alert">{text(make.error)}</p>}
        <TextField
          label={t('tokens.name')}
          hint={t('tokens.nameHint')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={missing(name) ?? fieldText(make.error, 'name')}
        />
        <SelectField
          label={t('tokens.role')}
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
        <SelectField
          label={t('tokens.office')}
          hint={t('tokens.officeHint')}
          value={office}
          onChange={(event) => setOffice(event.target.value)}
          error={fieldText(make.error, 'office_id')}
        >
          <option value="">{t('tokens.noOffice')}</option>
          {offices.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('tokens.lasts')}
          hint={t('tokens.lastsHint')}
          value={lasts ?? ''}
          onChange={(event) => setLasts(lastings.find((each) => each === event.target.value))}
          error={missing(lasts) ?? fieldText(make.error, 'lasts')}
        >
          <option value="" disabled>
            {t('tokens.choose')}
          </option>
          {lastings.map((each) => (
            <option key={each} value={each}>
              {t(`tokens.lasting.${each}`)}
            </option>
          ))}
        </SelectField>
        {lasts === 'never' && (
          <TextArea
            label={t('tokens.because')}
            hint={t('tokens.becauseHint')}
            maxLength={300}
            value={because}
            onChange={(event) => setBecause(event.target.value)}
            error={missing(because) ?? fieldText(make.error, 'never_because')}
          />
        )}
      </form>
    </Dialog>
  );
}
