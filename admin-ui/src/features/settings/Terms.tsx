import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Terms as TermList } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import { toast } from '@/design/toasts';
import { useMay } from '@/features/session/me';
import { RuleForm } from './RuleForm';
import { policyOf, ruleOf, type Rule } from './terms';
import style from './Terms.module.css';

const termsQuery = queryOptions({
  queryKey: ['terms'] as const,
  queryFn: ({ signal }) => body(api.GET('/terms', { signal })),
});

/** By when requests are answered and settled; heads of offices may look. */
export function Terms() {
  const { t } = useTranslation();
  const query = useQuery(termsQuery);
  if (query.isPending) return <Skeleton rows={3} label={t('loading')} />;
  if (!query.data) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  return <Form terms={query.data} key={query.data.revision} />;
}

const empty = { warn_percent: 75 };

/** The text some moments after it was last typed in. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Form({ terms }: { terms: TermList }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const field = useFieldText();
  const client = useQueryClient();
  const mayChange = useMay('policy.manage');
  const [rules, setRules] = useState(() => terms.policies.map((each, i) => ruleOf(each, String(i))));
  const [next, setNext] = useState(rules.length);
  const policies = rules.map((rule) => policyOf(rule, terms.policies[Number(rule.key)]));
  const typed = JSON.stringify(policies);
  const settled = useSettled(typed);
  const changed = typed !== JSON.stringify(terms.policies.map((each, i) => policyOf(ruleOf(each, String(i)), each)));
  const tried = useQuery({
    queryKey: ['terms-preview', settled] as const,
    queryFn: ({ signal }) => body(api.POST('/terms/preview', { body: { policies: JSON.parse(settled) as typeof policies }, signal })),
    enabled: mayChange && changed,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const save = useMutation({
    mutationFn: () => body(api.PUT('/terms', { body: { policies, revision: terms.revision } })),
    onSuccess: (fresh) => {
      client.setQueryData(termsQuery.queryKey, fresh);
      toast(t('terms.saved'));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const set = (rule: Rule) => setRules((all) => all.map((each) => (each.key === rule.key ? rule : each)));
  const wrong = changed ? (save.error ?? tried.error) : undefined;
  const general = field(wrong, 'policies');
  const shown = changed ? (tried.error ? undefined : tried.data) : terms;
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      <p className={style.intro}>
        {t('terms.intro')} {t('terms.hint')} {!mayChange && t('terms.readOnly')}
      </p>
      <ol className={style.rules}>
        {rules.map((rule, i) => (
          <RuleForm
            key={rule.key}
            rule={rule}
            number={i}
            ends={shown?.ends[i]}
            disabled={!mayChange}
            wrong={(name) => field(wrong, `policies.${i}${name}`)}
            onChange={set}
            onRemove={() => setRules((all) => all.filter((each) => each !== rule))}
          />
        ))}
      </ol>
      {mayChange && (
        <div className={style.acts}>
          <Button
            look="quiet"
            onClick={() => {
              setRules([...rules, ruleOf(empty, `new-${next}`)]);
              setNext(next + 1);
            }}
          >
            {t('terms.add')}
          </Button>
          <Button type="submit" disabled={save.isPending || !changed}>
            {t('terms.save')}
          </Button>
        </div>
      )}
      {save.error && <p role="alert">{(rules.every((_, i) => !field(save.error, `policies.${i}`)) && general) || text(save.error)}</p>}
    </form>
  );
}
