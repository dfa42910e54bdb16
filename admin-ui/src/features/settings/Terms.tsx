import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { Terms as TermList } from '@/api/schema.gen';
import { hasCode } from '@/api/problem';
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
  // What somebody has begun to change stands still under their hands, whatever others save meanwhile.
  const [held, setHeld] = useState<TermList>();
  if (query.isPending) return <Skeleton rows={3} label={t('loading')} />;
  if (!query.data) return <Broken error={query.error} onRetry={() => void query.refetch()} />;
  const terms = held ?? query.data;
  return <Form terms={terms} fresh={query.data} key={terms.revision} onHold={() => setHeld(terms)} onRelease={() => setHeld(undefined)} />;
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

interface FormProps {
  terms: TermList;
  /** The terms in force, as far as they are known: others than those in the form when somebody has changed them since. */
  fresh: TermList;
  onHold: () => void;
  onRelease: () => void;
}

function Form({ terms, fresh, onHold, onRelease }: FormProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const field = useFieldText();
  const client = useQueryClient();
  const mayChange = useMay('policy.manage');
  const [rules, setRules] = useState(() => terms.policies.map((each, i) => ruleOf(each, String(i))));
  const [next, setNext] = useState(rules.length);
  const policies = rules.map(policyOf);
  const typed = JSON.stringify(policies);
  const settled = useSettled(typed);
  const changed = typed !== JSON.stringify(terms.policies.map((each, i) => policyOf(ruleOf(each, String(i)))));
  const tried = useQuery({
    queryKey: ['terms-preview', settled] as const,
    queryFn: ({ signal }) => body(api.POST('/terms/preview', { body: { policies: JSON.parse(settled) as typeof policies }, signal })),
    enabled: mayChange && changed,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const save = useMutation({
    mutationFn: (revision: string) => body(api.PUT('/terms', { body: { policies, revision } })),
    onSuccess: (saved) => {
      client.setQueryData(termsQuery.queryKey, saved);
      onRelease();
      toast(t('terms.saved'));
    },
    onError: (error) => {
      if (hasCode(error, 'stale')) void client.invalidateQueries({ queryKey: termsQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(terms.revision);
  };
  const put = (next: Rule[]) => {
    onHold();
    setRules(next);
  };
  const set = (rule: Rule) => put(rules.map((each) => (each.key === rule.key ? rule : each)));
  const overtaken = fresh.revision !== terms.revision;
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
            onRemove={() => put(rules.filter((each) => each !== rule))}
          />
        ))}
      </ol>
      {mayChange && (
        <div className={style.acts}>
          <Button
            look="quiet"
            onClick={() => {
              put([...rules, ruleOf(empty, `new-${next}`)]);
              setNext(next + 1);
            }}
          >
            {t('terms.add')}
          </Button>
          <Button type="submit" disabled={save.isPending || !changed || overtaken}>
            {t('terms.save')}
          </Button>
        </div>
      )}
      {overtaken && (
        <div role="alert" className={style.overtaken}>
          <p>{t('terms.overtaken')}</p>
          <Button small onClick={onRelease}>
            {t('terms.showTheirs')}
          </Button>
          {changed && (
            <Button small onClick={() => save.mutate(fresh.revision)} disabled={save.isPending}>
              {t('terms.saveMine')}
            </Button>
          )}
        </div>
      )}
      {save.error && !hasCode(save.error, 'stale') && (
        <p role="alert">{(rules.every((_, i) => !field(save.error, `policies.${i}`)) && general) || text(save.error)}</p>
      )}
    </form>
  );
}
