import { describe, expect, it } from 'vitest';
import { asTicket, blank, missing, personOf, type Draft } from './draft';

const draft: Draft = { ...blank, way: 'counter', office: 'urp', then: 'answered', outcome: 'answered_first_level' };

describe('a visit being written down', () => {
  it.each([
    ['  Gino   Verdi ', { name: 'Gino Verdi' }],
    ['rssmra85t10a562s', { fiscal_code: 'rssmra85t10a562s' }],
    ['RSS MRA 85T10 A562S', { fiscal_code: 'RSS MRA 85T10 A562S' }],
    ['+39 333 1234567', { phone: '+39 333 1234567' }],
    ['0123-456', { phone: '0123-456' }],
    ['gino@posta.example', { email: 'gino@posta.example' }],
    ['Via Roma 12', { name: 'Via Roma 12' }],
  ])('reads «%s» as what it most likely is', (typed, read) => {
    expect(personOf(typed)).toEqual({ name: '', phone: '', email: '', fiscal_code: '', ...read });
  });

  it('says what is missing', () => {
    expect(missing(draft)).toEqual(['who', 'text']);
    expect(missing({ ...draft, anonymous: true, text: 'Orari', then: 'ask' })).toEqual(['to']);
    expect(missing({ ...draft, sought: 'Gino', text: 'Orari', outcome: 'forwarded' })).toEqual(['whom']);
    expect(missing({ ...draft, sought: 'Gino', text: 'Orari' })).toEqual([]);
  });

  it('sends only what belongs to its outcome', () => {
    const whole: Draft = {
      ...draft,
      sought: 'Gino Verdi',
      text: 'Orari',
      answer: 'Dalle 9',
      note: 'Da voi',
      to: 'tributi',
      type: 'information',
    };
    expect(asTicket(whole)).toEqual({
      way: 'counter',
      text: 'Orari',
      then: 'answered',
      person: { name: 'Gino Verdi' },
      type: 'information',
      office_id: 'urp',
      standing: { outcome: 'answered_first_level' },
      answer: 'Dalle 9',
    });
    expect(asTicket({ ...whole, then: 'transfer', contact: { id: 'g', kind: 'person', name: 'Gino' } })).toEqual({
      way: 'counter',
      text: 'Orari',
      then: 'transfer',
      contact_id: 'g',
      type: 'information',
      office_id: 'urp',
      to_office_id: 'tributi',
      note: 'Da voi',
    });
    expect(asTicket({ ...whole, then: 'mine', anonymous: true })).not.toHaveProperty('person');
  });
});
