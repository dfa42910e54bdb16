import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language, MePatch, Theme } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { preferences } from '@/app/preferences';
import { useStore } from '@/app/store';
import { Button } from '@/design/Button';
import { Page, PageHead, Section, Sections } from '@/design/Page';
import { toast } from '@/design/toasts';
import { useTitle } from '@/design/useTitle';
import { registry } from '@/features/command/registry';
import { Absences } from '@/features/distribution/Absences';
import { SecondFactor } from '@/features/factor/SecondFactor';
import { SignInPolicy } from '@/features/factor/SignInPolicy';
import { useMay, useMe, useUpdateMe } from '@/features/session/me';
import { Tokens } from '@/features/tokens/Tokens';
import { MailPolicy } from './MailPolicy';
import { PasswordForm } from './PasswordForm';
import { Sessions } from './Sessions';
import { Terms } from './Terms';
import style from './SettingsPage.module.css';

const themes: readonly Theme[] = ['system', 'light', 'dark'];
const languages: readonly Language[] = ['it', 'en'];

/** The operator's own settings. */
export function SettingsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const mayAdmit = useMay('people.manage');
  const mayDecide = useMay('policy.manage');
  const runsScripts = useMay('token.manage');
  const mayReadTerms = useMay('policy.read');
  useTitle(t('settings.title'));
  return (
    <Page>
      <PageHead
        title={t('settings.title')}
        lead={[me.name, t(`settings.role.${me.role}`), me.offices.map((office) => office.name).join(', ')].filter(Boolean).join(' · ')}
      />
      <Sections>
        <Appearance />
        <Keyboard />
        {mayDecide && (
          <Section title={t('settings.policy.title')}>
            <MailPolicy />
          </Section>
        )}
        {mayAdmit && (
          <Section title={t('factor.policy')}>
            <SignInPolicy />
          </Section>
        )}
        {runsScripts && (
          <Section title={t('tokens.title')}>
            <Tokens />
          </Section>
        )}
        {mayReadTerms && (
          <Section title={t('terms.title')}>
            <Terms />
          </Section>
        )}
        <Section title={t('absence.title')}>
          <Absences operator={me.id} />
        </Section>
        <Section title={t('settings.password')}>
          <PasswordForm />
        </Section>
        <Section title={t('factor.title')}>
          <SecondFactor />
        </Section>
        <Section title={t('settings.sessions')}>
          <Sessions />
        </Section>
      </Sections>
    </Page>
  );
}

function Appearance() {
  const { t } = useTranslation();
  const me = useMe();
  const text = useProblemText();
  const { mutate } = useUpdateMe();
  // A choice shows at once, not only when the hub has answered: a button that springs back looks as if it had been missed.
  const [chosen, setChosen] = useState<MePatch>({});
  const { theme, language } = { ...me, ...chosen };
  const set = (patch: MePatch) => {
    setChosen((before) => ({ ...before, ...patch }));
    mutate(patch, {
      onSuccess: () => toast(t('settings.saved')),
      onError: (error) => toast(text(error), { tone: 'danger' }),
      onSettled: () => setChosen({}),
    });
  };
  return (
    <Section title={t('settings.appearance')}>
      <Choice
        name="theme"
        legend={t('settings.theme')}
        value={theme}
        options={themes.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
        onChange={(theme) => set({ theme })}
      />
      <Choice
        name="language"
        legend={t('settings.language')}
        value={language}
        options={languages.map((value) => ({ value, label: t(`settings.languages.${value}`) }))}
        onChange={(language) => set({ language })}
      />
    </Section>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  legend: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

function Choice<T extends string>({ name, legend, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset className={style.choice}>
      <legend>{legend}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Keyboard() {
  const { t } = useTranslation();
  const { singleKeys } = useStore(preferences);
  return (
    <Section title={t('settings.keyboard')}>
      <label className={style.check}>
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => preferences.set((before) => ({ ...before, singleKeys: event.target.checked }))}
        />
        <span>
          {t('settings.singleKeys')}
          <small>{t('settings.singleKeysHint')}</small>
        </span>
      </label>
      <Button
        small
        icon="keyboard"
        onClick={() =>
          registry
            .get()
            .findLast((each) => each.id === 'help')
            ?.run()
        }
      >
        {t('settings.map')}
      </Button>
    </Section>
  );
}
