/** Contacts that may be twice. */
export default {
  pairs: {
    lead: 'Contatti che forse sono la stessa persona, prima i più probabili. Decidi tu: nulla si unisce da solo.',
    list: 'Coppie di contatti',
    none: { title: 'Nessun doppione', body: 'Nessun contatto sembra presente due volte.' },
    choose: 'Scegli una coppia per confrontarla',
    strength: { code: 'quasi certo', address: 'probabile', name: 'possibile' },
    title: 'Sono la stessa persona?',
    stays: 'Resta questa scheda',
    after: 'Dopo l’unione',
    becomes: 'Resta «{{name}}», con tutti i recapiti ({{addresses}}) e tutte le richieste di entrambe le schede.',
    twoCodes: 'Le due schede hanno codici fiscali diversi: probabilmente sono due persone.',
    undo: 'L’unione si può disfare dalla scheda: ciascuna riprende ciò che era suo.',
    merge: 'Unisci',
    tellApart: 'Sono due persone',
    merged: 'Schede unite',
    apart: 'Non verranno più proposte insieme',
  },
};
