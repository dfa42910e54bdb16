/** Colleagues named in notes, and requests that are out of sight. */
export default {
  mention: {
    lead: 'Note interne in cui un collega nomina te o un tuo ufficio. Le richieste che non vedi più non ci sono, se non avevi una domanda aperta.',
    offers: 'Chi menzionare',
    blind: 'Non vede la richiesta: chiedi al suo ufficio o passala.',
    officeBlind: 'Nessun altro qui vede la richiesta: chiedi all’ufficio o passala.',
    mentioned: 'Menzionati',
    unread: 'Da leggere:',
    script: 'Un programma',
    readAll: 'Segna tutte come lette',
    none: { title: 'Nessuna menzione', body: 'Quando un collega scrive @ e il tuo nome in una nota interna, lo vedi qui.' },
    lost: {
      row: 'Non la vedi più',
      title: 'La richiesta {{number}} è ora di un ufficio riservato',
      body: 'C’era una domanda aperta, tua o a un tuo ufficio. Ora la richiesta la vede solo chi fa parte dell’ufficio riservato: non devi fare altro.',
    },
    choose: 'Scegli una menzione per vedere la richiesta',
  },
};
