/** Contacts that may be twice. */
export default {
  pairs: {
    lead: 'Contacts that may be the same person, the likeliest first. You decide: nothing is merged by itself.',
    list: 'Pairs of contacts',
    none: { title: 'No duplicates', body: 'No contact seems to be there twice.' },
    choose: 'Choose a pair to compare it',
    strength: { code: 'almost certain', address: 'likely', name: 'possible' },
    title: 'Are they the same person?',
    stays: 'This card stays',
    after: 'After merging',
    becomes: '“{{name}}” stays, with all addresses ({{addresses}}) and all requests of both cards.',
    twoCodes: 'The two cards have different fiscal codes: they are probably two people.',
    undo: 'Merging can be undone on the card: each takes back what was its own.',
    merge: 'Merge',
    tellApart: 'They are two people',
    merged: 'Cards merged',
    apart: 'They will not be suggested together again',
  },
};
