import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Problem } from '@/api/problem';
import '@/i18n';
import { Broken } from './Blank';

const retry = () => undefined;

test('what did not load can be tried again, with a code for whoever helps', () => {
  render(<Broken error={new Problem({ code: 'internal', status: 500, request_id: 'R-1' })} onRetry={retry} />);
  expect(screen.getByRole('alert')).toHaveTextContent('Codice per l’assistenza: R-1');
  expect(screen.getByRole('button', { name: 'Riprova' })).toBeInTheDocument();
});

test('to a role that may not see it nothing is offered that cannot help', () => {
  render(<Broken error={new Problem({ code: 'forbidden', status: 403, request_id: 'R-1' })} onRetry={retry} />);
  expect(screen.getByRole('heading')).toHaveTextContent('Questa parte è per altri ruoli');
  expect(screen.getByRole('alert')).toHaveTextContent('Chiedi a un amministratore');
  expect(screen.queryByText(/R-1/)).toBeNull();
  expect(screen.queryByRole('button')).toBeNull();
});
