/** Putting a request aside until later. */
export default {
  aside: {
    open: 'Rimanda',
    title_one: 'Rimanda la richiesta',
    title_other: 'Rimanda {{count, number}} richieste',
    lead: 'Esce dagli elenchi di lavoro e sta in «Rimandate». Torna da sola al momento scelto, o subito se il cittadino scrive.',
    clocks: 'Le scadenze corrono comunque.',
    later: 'Più tardi, oggi',
    tomorrow: 'Domani mattina',
    working: 'Prossimo giorno di lavoro dell’ufficio',
    choose: 'Un altro giorno',
    submit: 'Rimanda',
    missing: 'Scegli un giorno che deve ancora venire, al massimo fra un anno.',
    deadline: 'Scade prima: {{date}}.',
    done_one: 'Rimandata',
    done_other: '{{count, number}} rimandate',
    until: 'Rimandata a {{date}}',
    by: 'da {{name}}',
    wake: 'Riprendi ora',
    woke: 'Di nuovo da fare',
    short: 'torna {{date}}',
  },
};
