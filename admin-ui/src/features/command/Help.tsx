import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { preferences } from '@/app/preferences';
import { useStore } from '@/app/store';
import { Button } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { Keys } from '@/design/Marks';
import { keymap, printed, type Bound, type Section } from './keymap';
import { useCommandTitle } from './titles';
import style from './Help.module.css';

const sections: readonly Section[] = ['list', 'ticket', 'compose', 'go', 'app'];

/** All shortcuts on one sheet, fit to be printed for the desk. */
export function Help({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { singleKeys } = useStore(preferences);
  const title = useCommandTitle();
  return (
    <Dialog
      title={t('help.title')}
      width="wide"
      onClose={onClose}
      actions={<Button onClick={() => window.print()}>{t('help.print')}</Button>}
    >
      {!singleKeys && <p className={style.off}>{t('help.off')}</p>}
      {/* The sheet scrolls on a small screen and must be reachable by keyboard then. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={style.columns} role="group" aria-label={t('help.title')} tabIndex={0}>
        {sections.map((section) => (
          <section key={section}>
            <h3>{t(`command.section.${section}`)}</h3>
            <dl>
              {(Object.keys(keymap) as Bound[])
                .filter((id) => keymap[id].section === section)
                .map((id) => (
                  <div key={id}>
                    <dt>{title(id)}</dt>
                    <dd>
                      {keymap[id].keys.map((keys, index) => (
                        <Fragment key={keys}>
                          {index > 0 && <span className={style.or}>{t('help.or')}</span>}
                          <Combination keys={keys} />
                        </Fragment>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Combination({ keys }: { keys: string }) {
  const { t } = useTranslation();
  const [first, second] = keys.split(' ');
  if (!second) return <Keys>{printed(keys)}</Keys>;
  return (
    <span aria-label={t('help.seq', { first, second })}>
      <Keys>{first ?? ''}</Keys> <Keys>{second}</Keys>
    </span>
  );
}
