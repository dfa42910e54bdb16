import { fireEvent, render, screen } from '@testing-library/react';
import { useRef } from 'react';
import { expect, test } from 'vitest';
import '@/i18n';
import { More, usePortion } from './More';

const all = Array.from({ length: 250 }, (_, n) => `riga ${n}`);

function List() {
  const { shown, ...more } = usePortion(all);
  const list = useRef<HTMLUListElement>(null);
  return (
    <>
      <ul ref={list}>
        {shown.map((each) => (
          <li key={each}>
            <button type="button">{each}</button>
          </li>
        ))}
      </ul>
      <More list={list} {...more} />
    </>
  );
}

test('a long list shows a hundred rows at a time, and who presses for more goes on at the first new one', () => {
  render(<List />);
  expect(screen.getByText('riga 99')).toBeInTheDocument();
  expect(screen.queryByText('riga 100')).toBeNull();
  fireEvent.click(screen.getByText('Mostra altre righe'));
  expect(screen.getByText('riga 100')).toHaveFocus();
  fireEvent.click(screen.getByText('Mostra altre righe'));
  expect(screen.getByText('riga 200')).toHaveFocus();
  expect(screen.queryByText('Mostra altre righe')).toBeNull();
});
