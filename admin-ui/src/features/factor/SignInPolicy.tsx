import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { SignInPolicy as Policy } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { SelectField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { factorQuery, signInPolicyQuery } from './factor';
import style from './factor.module.css';

const whom: readonly Policy['second_factor'][] = ['nobody', 'administrators', 'all'];

/** Of whom the town asks a second factor; for administrators. */
export function SignInPolicy() {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const query = useQuery(signInPolicyQuery);
  const put = useMutation({
    mutationFn: (second_factor: Policy['second_factor']) => body(api.PUT('/sign-in-policy', { body: { second_factor } })),
    onSuccess: (fresh) => {
      client.setQueryData(signInPolicyQuery.queryKey, fresh);
      void client.invalidateQueries({ queryKey: factorQuery.queryKey });
      toast(t('factor.policySaved'));
    },
    onError: (error) => toast(text(error), { tone: 'danger' }),
  });
  if (query.isPending) return <Skeleton rows={2} label={t('loading')} />;
  if (!query.data) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  const chosen = put.isPending ? put.variables : query.data.second_factor;
  return (
    <div className={style.choice}>
      <SelectField
        label={t('factor.asked')}
        hint={t('factor.askedHint')}
        value={chosen}
        onChange={(event) => {
          const next = whom.find((each) => each === event.target.value);
          if (next) put.mutate(next);
        }}
      >
        {whom.map((each) => (
          <option key={each} value={each}>
            {t(`factor.who.${each}`)}
          </option>
        ))}
      </SelectField>
    </div>
  );
}
