import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { useFocusKept } from './focus';

/** Acts of which one goes with what it did. */
function Acts() {
  useFocusKept();
  const [gone, setGone] = useState(false);
  return (
    <main tabIndex={-1}>
      <section>
        <input aria-label="testo" />
        <button type="button">prima</button>
        {!gone && (
          <button type="button" onClick={() => setGone(true)}>
            togli
          </button>
        )}
        <button type="button">dopo</button>
      </section>
    </main>
  );
}

test('a button that goes leaves the focus to what follows it, not to a text and not to the top of the page', async () => {
  render(<Acts />);
  const user = userEvent.setup();
  screen.getByText('togli').focus();
  await user.keyboard('{Enter}');
  expect(screen.queryByText('togli')).toBeNull();
  expect(screen.getByText('dopo')).toHaveFocus();
});

test('who leaves a button on purpose is left alone', async () => {
  render(<Acts />);
  screen.getByText('prima').focus();
  screen.getByText('prima').blur();
  await Promise.resolve();
  screen.getByText('togli').click();
  await waitFor(() => expect(screen.queryByText('togli')).toBeNull());
  await Promise.resolve();
  expect(document.body).toHaveFocus();
});
