import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Adapter, ChannelSetup } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { SelectField, TextField } from '@/design/Field';
import { Page, PageHead } from '@/design/Page';
import { officesQuery } from '@/features/ticket/tickets';
import { useLanguage } from '@/i18n/words';
import { apply, mistakes, start, toSend, type Draft } from './draft';
import { everyField, readForm, type PresetSpec } from './schema';
import { inputId, SchemaForm } from './SchemaForm';
import { TrialPanel } from './TrialPanel';
import { useTrial, type Trial } from './trial';
import { useFaults } from './useFaults';
import { useSave } from './useSave';
import style from './Setup.module.css';

interface Props {
  adapters: Adapter[];
  /** The channel as it is set up; nothing for a new one. */
  before: ChannelSetup | undefined;
  first: Draft;
}

/** The form of a channel with its trial beside it: nothing is saved untried unless somebody insists. */
export function SetupForm({ adapters, before, first }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const text = useProblemText();
  const offices = useQuery(officesQuery);
  const [kind, setKind] = useState(adapters[0]?.name ?? '');
  const adapter = adapters.find((each) => each.name === kind);
  const form = useMemo(() => readForm(adapter?.schema ?? {}, language), [adapter, language]);
  const [draft, setDraft] = useState(first);
  const [preset, setPreset] = useState<PresetSpec | undefined>();
  const [insisting, setInsisting] = useState(false);
  const { trial, run } = useTrial();
  const save = useSave(before);
  const faults = useFaults(form);

  const sent = toSend(draft, form);
  const input = { adapter: kind, ...(before && { channel: before.channel.id }), ...sent, language };
  const proved = trial.state === 'passed' && trial.tried === JSON.stringify(input);
  const checked = () => {
    const wrong = mistakes(draft, form);
    faults.show(wrong);
    const pointer = Object.keys(wrong)[0];
    if (pointer) focusOn(pointer);
    return pointer === undefined;
  };
  const attempt = async () => {
    if (!checked()) return;
    const outcome = await run(input);
    if (outcome.error) faults.tell(outcome.error);
  };
  const store = (paused: boolean) => {
    setInsisting(false);
    save.mutate({ kind, draft, sent, paused, language }, { onError: faults.tell });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!checked()) return;
    if (proved) store(false);
    else setInsisting(true);
  };
  const steps: Trial = trial.state === 'none' && before?.trial ? { state: 'none', steps: before.trial.steps } : trial;
  const fields = useMemo(() => everyField(form), [form]);
  return (
    <Page>
      <PageHead back={{ to: '/channels', name: t('channels.title') }} title={before ? before.channel.name : t('setup.new')} />
      <div className={style.columns}>
        <form className={style.form} onSubmit={submit} noValidate aria-label={t('setup.form')}>
          {adapters.length > 1 && (
            <SelectField
              label={t('setup.kind')}
              value={kind}
              onChange={(event) => {
                setKind(event.target.value);
                setDraft({
                  ...start(readForm(adapters.find((each) => each.name === event.target.value)?.schema ?? {}, language)),
                  name: draft.name,
                  office: draft.office,
                });
              }}
            >
              {adapters.map((each) => (
                <option key={each.name} value={each.name}>
                  {each.titles[language] ?? each.name}
                </option>
              ))}
            </SelectField>
          )}
          {!before && form.presets.length > 0 && (
            <Presets
              presets={form.presets}
              chosen={preset}
              onChoose={(chosen) => {
                setPreset(chosen);
                if (chosen) setDraft((now) => apply(now, chosen.values));
              }}
            />
          )}
          <section className={style.group}>
            <h2>{t('setup.channel')}</h2>
            <div className={style.fields}>
              <TextField
                id={inputId('/name')}
                label={t('setup.name')}
                hint={t('setup.nameHint')}
                maxLength={200}
                error={faults.errors['name']}
                value={draft.name}
                onChange={(event) => setDraft({ ...draft, name: event.target.value })}
              />
              <SelectField
                label={t('setup.office')}
                hint={t('setup.officeHint')}
                value={draft.office}
                onChange={(event) => setDraft({ ...draft, office: event.target.value })}
              >
                <option value="">{t('setup.noOffice')}</option>
                {offices.data?.map((office) => (
                  <option key={office.id} value={office.id}>
                    {office.name}
                  </option>
                ))}
              </SelectField>
            </div>
          </section>
          <SchemaForm form={form} draft={draft} onChange={setDraft} errors={faults.errors} offers={offersOf(steps)} />
          {faults.general && (
            <p className={style.refused} role="alert">
              {faults.general}
            </p>
          )}
          <footer className={style.foot}>
            <Button look={proved ? 'plain' : 'primary'} icon="play" disabled={trial.state === 'running'} onClick={() => void attempt()}>
              {trial.state === 'running' ? t('setup.trying') : t('setup.try')}
            </Button>
            <Button type="submit" look={proved ? 'primary' : 'plain'} disabled={save.isPending || trial.state === 'running'}>
              {before ? t('setup.save') : t('setup.create')}
            </Button>
            {save.error && <span role="alert">{text(save.error)}</span>}
          </footer>
        </form>
        <TrialPanel
          trial={steps}
          at={trial.state === 'none' ? before?.trial?.at : undefined}
          onField={focusOn}
          knows={(pointer) => fields.some((each) => each.pointer === pointer)}
        />
      </div>
      {insisting && (
        <Dialog
          title={t('setup.untried')}
          onClose={() => setInsisting(false)}
          actions={
            <>
              <Button onClick={() => setInsisting(false)}>{t('cancel')}</Button>
              {!before && <Button onClick={() => store(true)}>{t('setup.savePaused')}</Button>}
              <Button look="danger" onClick={() => store(false)}>
                {before ? t('setup.saveAnyway') : t('setup.createAnyway')}
              </Button>
            </>
          }
        >
          <p>{trial.state === 'none' || trial.state === 'passed' ? t('setup.untriedBody') : t('setup.failedBody')}</p>
        </Dialog>
      )}
    </Page>
  );
}

function Presets({
  presets,
  chosen,
  onChoose,
}: {
  presets: PresetSpec[];
  chosen: PresetSpec | undefined;
  onChoose: (preset: PresetSpec | undefined) => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className={style.presets}>
      <legend>{t('setup.provider')}</legend>
      <div>
        {[...presets, undefined].map((preset) => (
          <label key={preset?.name ?? ''}>
            <input type="radio" name="preset" checked={chosen?.name === preset?.name} onChange={() => onChoose(preset)} />
            {preset?.title ?? t('setup.otherProvider')}
          </label>
        ))}
      </div>
      <p className={style.lead}>{chosen?.description ?? t('setup.otherProviderHint')}</p>
    </fieldset>
  );
}

/** The values that steps found, by field. */
function offersOf(trial: Trial): Record<string, string[]> {
  return Object.fromEntries(trial.steps.flatMap((step) => (step.pointer && step.choices ? [[step.pointer, step.choices] as const] : [])));
}

function focusOn(pointer: string) {
  const input = document.getElementById(inputId(pointer === 'name' ? '/name' : pointer));
  input?.closest('details')?.setAttribute('open', '');
  input?.scrollIntoView({ block: 'center' });
  input?.focus({ preventScroll: true });
}
