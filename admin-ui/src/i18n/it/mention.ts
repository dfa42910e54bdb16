/** Colleagues named in notes. */
export default {
  mention: {
    lead: 'Note interne in cui un collega nomina te o un tuo ufficio. Le richieste che non vedi più non ci sono.',
    offers: 'Chi menzionare',
    blind: 'Non vede la richiesta: chiedi al suo ufficio o passala.',
    officeBlind: 'Nessun altro qui vede la richiesta: chiedi all’ufficio o passala.',
    mentioned: 'Menzionati',
    unread: 'Da leggere:',
    script: 'Un programma',
    readAll: 'Segna tutte come lette',
    none: { title: 'Nessuna menzione', body: 'Quando un collega scrive @ e il tuo nome in una nota interna, lo vedi qui.' },
    choose: 'Scegli una menzione per vedere la richiesta',
  },
};
