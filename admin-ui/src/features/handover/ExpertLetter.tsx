import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewExpertAsk } from '@/api/schema.gen';
import { useProblemText } from '@/api/wording';
import { Button } from '@/design/Button';
import { Refusal } from '@/design/Refusal';
import { letterQuery } from './experts';
import style from './Asks.module.css';

/** The letter to an expert word for word, for whoever wants to read it before it leaves. */
export function ExpertLetter({ number, ask }: { number: string; ask: NewExpertAsk | undefined }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [shown, setShown] = useState(false);
  const query = useQuery({ ...letterQuery(number, ask), enabled: shown && ask !== undefined });
  const letter = query.data;
  const end = useRef<HTMLQuoteElement>(null);
  const here = shown && letter !== undefined;
  // It opens below the fold of the dialog.
  useEffect(() => {
    if (here) end.current?.scrollIntoView({ block: 'nearest' });
  }, [here]);
  return (
    <div className={style.letter}>
      <Button small look="quiet" aria-expanded={shown} disabled={ask === undefined} onClick={() => setShown(!shown)}>
        {shown ? t('expert.hide') : t('expert.preview')}
      </Button>
      {shown && query.error && <Refusal>{problemText(query.error)}</Refusal>}
      {shown && letter && (
        <>
          <p className={style.meta}>
            <span>
              {t('expert.from', {
                from: letter.from.name ? `${letter.from.name} <${letter.from.address}>` : letter.from.address,
                to: letter.to.address,
              })}
            </span>
            {letter.covered > 0 && <span>{t('expert.covered', { count: letter.covered })}</span>}
            {letter.files.length > 0 && <span>{t('expert.files', { names: letter.files.join(', ') })}</span>}
          </p>
          <blockquote ref={end} className={style.quote}>
            <strong>{letter.subject}</strong>
            {'\n\n'}
            {letter.text}
          </blockquote>
        </>
      )}
    </div>
  );
}
