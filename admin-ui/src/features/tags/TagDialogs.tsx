import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tag, TagColour } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button } from '@/design/Button';
import catalogue from '@/design/Catalogue.module.css';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextField } from '@/design/Field';
import { Refusal } from '@/design/Refusal';
import { toast } from '@/design/toasts';
import { colours, tagUsesQuery, useTags } from './tags';
import style from './Tags.module.css';

/** Makes a tag, or changes its name and colour. */
export function TagDialog({ tag, onClose }: { tag?: Tag | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const text = useProblemText();
  const field = useFieldText();
  const { make, change } = useTags();
  const [name, setName] = useState(tag?.name ?? '');
  const [colour, setColour] = useState<TagColour>(tag?.colour ?? 'grey');
  const [tried, setTried] = useState(false);
  const wrong = make.error ?? change.error;
  const refused = field(wrong, 'name');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === '') return;
    const done = (words: string) => {
      toast(words);
      onClose();
    };
    if (tag) change.mutate({ id: tag.id, name, colour }, { onSuccess: () => done(t('tags.saved')) });
    else make.mutate({ name, colour }, { onSuccess: (made) => done(t('tags.made', { name: made.name })) });
  };
  return (
    <Dialog
      title={tag ? t('tags.changeOf', { name: tag.name }) : t('tags.make')}
      onClose={onClose}
      actions={
        <Button look="primary" type="submit" form={form} disabled={make.isPending || change.isPending}>
          {t('save')}
        </Button>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        <TextField
          label={t('tags.name')}
          hint={t('tags.nameHint')}
          maxLength={40}
          value={name}
          error={tried && name.trim() === '' ? t('error.field.required') : refused}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset>
          <legend>{t('tags.colour')}</legend>
          <div className={style.swatches}>
            {colours.map((each) => (
              <label key={each}>
                <input type="radio" name={form} checked={colour === each} onChange={() => setColour(each)} />
                <i className={style.dot} data-colour={each} aria-hidden="true" />
                {t(`tags.colours.${each}`)}
              </label>
            ))}
          </div>
        </fieldset>
        {wrong && !refused && <Refusal>{text(wrong)}</Refusal>}
      </form>
    </Dialog>
  );
}

/** Says which routing rules give a tag, before something is done to it. */
function Rules({ tag, lead }: { tag: Tag; lead: string }) {
  const { t } = useTranslation();
  const uses = useQuery(tagUsesQuery(tag.id));
  if (uses.isPending) return <Skeleton rows={1} label={t('loading')} />;
  if (uses.isError) return <Broken error={uses.error} onRetry={() => void uses.refetch()} />;
  if (uses.data.length === 0) return null;
  return (
    <div>
      <p>{lead}</p>
      <ul className={catalogue.uses}>
        {uses.data.map((rule) => (
          <li key={rule}>{t('tags.inRule', { rule })}</li>
        ))}
      </ul>
    </div>
  );
}

/** Retires a tag, and says first which rules give it. */
export function RetireDialog({ tag, onClose }: { tag: Tag; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { change } = useTags();
  const known = useQuery(tagUsesQuery(tag.id)).isSuccess;
  const retire = () => change.mutate({ id: tag.id, retired: true }, { onSuccess: onClose });
  return (
    <Dialog
      title={t('tags.retireOf', { name: tag.name })}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={retire} disabled={!known || change.isPending}>
          {t('tags.retire')}
        </Button>
      }
    >
      <div className={style.form}>
        <p>{t('tags.retireLead')}</p>
        <Rules tag={tag} lead={t('tags.retireRules')} />
        {change.error && <Refusal>{text(change.error)}</Refusal>}
      </div>
    </Dialog>
  );
}

/** Lets another tag take the place of one. */
export function MergeDialog({ tag, all, onClose }: { tag: Tag; all: readonly Tag[]; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const text = useProblemText();
  const { merge } = useTags();
  const known = useQuery(tagUsesQuery(tag.id)).isSuccess;
  const [into, setInto] = useState('');
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!into) return;
    merge.mutate(
      { id: tag.id, into },
      {
        onSuccess: ({ name }) => {
          toast(t('tags.merged', { name }));
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={t('tags.mergeTitle', { name: tag.name })}
      onClose={onClose}
      actions={
        <Button look="danger" type="submit" form={form} disabled={!known || merge.isPending}>
          {t('tags.mergeSubmit')}
        </Button>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        <p>{t('tags.mergeLead')}</p>
        <Rules tag={tag} lead={t('tags.mergeRules')} />
        <SelectField
          label={t('tags.mergeInto')}
          value={into}
          error={tried && !into ? t('error.field.required') : undefined}
          onChange={(event) => setInto(event.target.value)}
        >
          <option value="" />
          {all
            .filter((each) => each.id !== tag.id && !each.retired)
            .map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
        </SelectField>
        {merge.error && <Refusal>{text(merge.error)}</Refusal>}
      </form>
    </Dialog>
  );
}
