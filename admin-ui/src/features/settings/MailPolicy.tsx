import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import { Problem } from '@/api/problem';
import type { MailPolicy as Policy } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { TextArea, TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import style from './SettingsPage.module.css';

const policyQuery = queryOptions({
  queryKey: ['mail-policy'] as const,
  queryFn: ({ signal }) => body(api.GET('/mail-policy', { signal })),
});

const mostDays = 3650;

/** What an administrator decides about letters: for how long they reopen a ticket, and who is a colleague. */
export function MailPolicy() {
  const { t } = useTranslation();
  const query = useQuery(policyQuery);
  if (query.isPending) return <Skeleton rows={2} label={t('loading')} />;
  if (!query.data) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  return <Form policy={query.data} />;
}

function readDays(text: string): number | undefined {
  const days = Number(text.trim());
  return text.trim() !== '' && Number.isInteger(days) && days >= 0 && days <= mostDays ? days : undefined;
}

function Form({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [days, setDays] = useState(String(policy.reopen_days));
  const [domains, setDomains] = useState(policy.mail_domains.join('\n'));
  const [own, setOwn] = useState<Record<string, string>>(() =>
    Object.fromEntries(policy.offices.map((each) => [each.id, String(each.reopen_days ?? '')])),
  );
  const bad = (value: string) => (readDays(value) === undefined ? t('settings.policy.badDays') : undefined);
  const wrong = bad(days) !== undefined || Object.values(own).some((each) => each.trim() !== '' && bad(each));
  const save = useMutation({
    mutationFn: () =>
      body(
        api.PUT('/mail-policy', {
          body: {
            reopen_days: readDays(days) ?? 0,
            mail_domains: domains.split(/[\s,;]+/).filter(Boolean),
            offices: policy.offices.flatMap(({ id }) => {
              const reopen = readDays(own[id] ?? '');
              return reopen === undefined ? [] : [{ id, reopen_days: reopen }];
            }),
          },
        }),
      ),
    onSuccess: (fresh) => {
      client.setQueryData(policyQuery.queryKey, fresh);
      setDomains(fresh.mail_domains.join('\n'));
      toast(t('settings.policy.saved'));
    },
  });
  const badDomain = save.error instanceof Problem && save.error.fields.some((each) => each.field.startsWith('mail_domains'));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) save.mutate();
  };
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      <TextField
        label={t('settings.policy.reopen')}
        hint={t('settings.policy.reopenHint')}
        inputMode="numeric"
        maxLength={4}
        value={days}
        onChange={(event) => setDays(event.target.value)}
        error={bad(days)}
      />
      <table className={style.offices}>
        <thead>
          <tr>
            <th scope="col">{t('settings.policy.office')}</th>
            <th scope="col">{t('settings.policy.days')}</th>
          </tr>
        </thead>
        <tbody>
          {policy.offices.map((office) => (
            <tr key={office.id}>
              <th scope="row">{office.name}</th>
              <td>
                <input
                  inputMode="numeric"
                  maxLength={4}
                  aria-label={t('settings.policy.daysOf', { office: office.name })}
                  aria-invalid={own[office.id]?.trim() ? bad(own[office.id] ?? '') !== undefined : false}
                  placeholder={t('settings.policy.asTown')}
                  value={own[office.id] ?? ''}
                  onChange={(event) => setOwn({ ...own, [office.id]: event.target.value })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <TextArea
        label={t('settings.policy.domains')}
        hint={t('settings.policy.domainsHint')}
        placeholder="comune.esempio.it"
        value={domains}
        onChange={(event) => setDomains(event.target.value)}
        error={badDomain ? t('settings.policy.badDomain') : undefined}
      />
      {save.error && !badDomain && <p role="alert">{text(save.error)}</p>}
      <Button type="submit" disabled={save.isPending || wrong}>
        {t('settings.policy.save')}
      </Button>
    </form>
  );
}
