import { Trans, useTranslation } from 'react-i18next';
import { Blank } from '@/design/Blank';
import { Keys } from '@/design/Marks';

/** The right side while no ticket is open. */
export function Pick() {
  const { t } = useTranslation();
  const words = t('inbox.pick.body', { next: '<j/>', previous: '<k/>', open: '<enter/>', interpolation: { escapeValue: false } });
  return (
    <section>
      <Blank
        quiet
        title={t('inbox.pick.title')}
        body={<Trans defaults={words} components={{ j: <Keys>j</Keys>, k: <Keys>k</Keys>, enter: <Keys>↵</Keys> }} />}
      />
    </section>
  );
}
