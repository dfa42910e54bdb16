import { useEffect, useId, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { Mentionable } from '@/api/schema.gen';
import { announce } from '@/design/announce';
import { Icon } from '@/design/Icon';
import style from './Offers.module.css';

interface Props {
  /** Where one writes: it keeps focus, and its keys move through the list. */
  host: HTMLElement;
  /** The line of the caret, in pixels of the window. */
  at: { left: number; top: number; bottom: number };
  found: readonly Mentionable[];
  onPick: (picked: Mentionable) => void;
  onClose: () => void;
}

/** The list at the caret: whom the note can mention. Who does not see the request is there, and cannot be picked. */
export function Offers({ host, at, found, onPick, onClose }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [chosen, setChosen] = useState(0);
  const active = Math.min(chosen, found.length - 1);
  const pick = (one: Mentionable | undefined) => {
    if (!one) return;
    if (one.sees) onPick(one);
    else announce(t(one.office_id ? 'mention.officeBlind' : 'mention.blind', { name: one.name }), true);
  };
  const press = (key: string): boolean => {
    if (key === 'ArrowDown') setChosen((active + 1) % found.length);
    else if (key === 'ArrowUp') setChosen((active + found.length - 1) % found.length);
    else if (key === 'Enter' || key === 'Tab') pick(found[active]);
    else if (key === 'Escape') onClose();
    else return false;
    return true;
  };
  useKeys(host, press);
  useCombobox(host, `${id}-list`, `${id}-${active}`);
  // Where the line is low in the window there is more room above it.
  const above = at.top > innerHeight / 2;
  const place = above ? { bottom: innerHeight - at.top + 4 } : { top: at.bottom + 4 };
  return createPortal(
    <div className={style.list} style={{ left: Math.max(8, Math.min(at.left, innerWidth - 340)), ...place }}>
      <div id={`${id}-list`} role="listbox" aria-label={t('mention.offers')}>
        {found.map((each, index) => (
          // Keys reach the options through the text, which holds focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={each.operator_id ?? each.office_id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            aria-disabled={!each.sees}
            className={style.option}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(each)}
          >
            <Icon name={each.office_id ? 'office' : 'mine'} size={15} />
            <span>
              {each.name}
              {!each.sees && <small>{t(each.office_id ? 'mention.officeBlind' : 'mention.blind')}</small>}
            </span>
          </div>
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {t('command.results', { count: found.length })}
      </p>
    </div>,
    document.body,
  );
}

/** Takes keys before the text does. */
function useKeys(host: HTMLElement, press: (key: string) => boolean) {
  const latest = useRef(press);
  useEffect(() => {
    latest.current = press;
  });
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !latest.current(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    host.addEventListener('keydown', hear, true);
    return () => host.removeEventListener('keydown', hear, true);
  }, [host]);
}

/** While the list is open the text is a field with a list, for whoever hears the page. */
function useCombobox(host: HTMLElement, list: string, active: string) {
  useEffect(() => {
    const before = { role: host.getAttribute('role'), 'aria-multiline': host.getAttribute('aria-multiline') };
    host.removeAttribute('aria-multiline');
    const put = { role: 'combobox', 'aria-expanded': 'true', 'aria-autocomplete': 'list', 'aria-controls': list };
    for (const [name, value] of Object.entries(put)) host.setAttribute(name, value);
    return () => {
      for (const name of [...Object.keys(put), 'aria-activedescendant']) host.removeAttribute(name);
      for (const [name, value] of Object.entries(before)) if (value !== null) host.setAttribute(name, value);
    };
  }, [host, list]);
  useEffect(() => host.setAttribute('aria-activedescendant', active), [host, active]);
}
