import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { RequestType } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import catalogue from '@/design/Catalogue.module.css';
import { Dialog } from '@/design/Dialog';
import { TextField } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { useTypes } from './types';
import style from './Types.module.css';

/** Makes a type of request, or changes its names. */
export function TypeDialog({ type, name, onClose }: { type?: RequestType | undefined; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const text = useProblemText();
  const field = useFieldText();
  const { make, change } = useTypes();
  const [it, setIt] = useState(type?.labels['it'] ?? '');
  const [en, setEn] = useState(type?.labels['en'] ?? '');
  const [tried, setTried] = useState(false);
  const wrong = make.error ?? change.error;
  const refused = { it: field(wrong, 'labels.it'), en: field(wrong, 'labels.en') };
  const missing = (value: string) => (tried && value.trim() === '' ? t('error.field.required') : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (it.trim() === '' || en.trim() === '') return;
    const onSuccess = () => {
      toast(t('types.saved'));
      onClose();
    };
    if (type) change.mutate({ code: type.code, labels: { it, en } }, { onSuccess });
    else make.mutate({ it, en }, { onSuccess });
  };
  return (
    <Dialog
      title={type ? t('types.changeOf', { name }) : t('types.make')}
      onClose={onClose}
      actions={
        <Button look="primary" type="submit" form={form} disabled={make.isPending || change.isPending}>
          {t('save')}
        </Button>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        <TextField
          label={t('types.italian')}
          hint={t('types.nameHint')}
          maxLength={40}
          value={it}
          error={missing(it) ?? refused.it}
          onChange={(event) => setIt(event.target.value)}
        />
        <TextField
          label={t('types.english')}
          maxLength={40}
          value={en}
          error={missing(en) ?? refused.en}
          onChange={(event) => setEn(event.target.value)}
        />
        {wrong && !refused.it && !refused.en && <Refusal>{text(wrong)}</Refusal>}
      </form>
    </Dialog>
  );
}

/** Retires a type, and says first where it is still named. */
export function RetireDialog({ type, name, onClose }: { type: RequestType; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { change } = useTypes();
  const { code } = type;
  const uses = useQuery({
    queryKey: ['request-types', code, 'uses'],
    queryFn: ({ signal }) => body(api.GET('/request-types/{code}/uses', { params: { path: { code } }, signal })),
    staleTime: 0,
  });
  const retire = () => change.mutate({ code, retired: true }, { onSuccess: onClose });
  const { rules = [], terms = 0 } = uses.data ?? {};
  return (
    <Dialog
      title={t('types.retireOf', { name })}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={retire} disabled={!uses.isSuccess || change.isPending}>
          {t('types.retire')}
        </Button>
      }
    >
      <div className={style.form}>
        <p>{t('types.retireLead')}</p>
        {uses.isPending && <Skeleton rows={1} label={t('loading')} />}
        {uses.isError && <Broken error={uses.error} onRetry={() => void uses.refetch()} />}
        {(rules.length > 0 || terms > 0) && (
          <>
            <p>{t('types.named')}</p>
            <ul className={catalogue.uses}>
              {rules.map((rule, at) => (
                <li key={at}>{t('types.inRule', { rule })}</li>
              ))}
              {terms > 0 && <li>{t('types.inTerms', { count: terms })}</li>}
            </ul>
          </>
        )}
        {change.error && <Refusal>{text(change.error)}</Refusal>}
      </div>
    </Dialog>
  );
}
