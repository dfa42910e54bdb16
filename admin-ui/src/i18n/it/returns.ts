export default {
  returns: {
    counting: 'Conto le richieste aperte…',
    uncounted:
      'Non si riesce a contare le richieste aperte di {{name}}: quelle che non può più lavorare tornano in coda entro mezzo minuto, senza assegnatario.',
    none: 'Nessuna richiesta aperta di {{name}} torna in coda.',
    back_one: 'Una richiesta aperta assegnata a {{name}} torna nella coda del suo ufficio entro mezzo minuto.',
    back_other: '{{count}} richieste aperte assegnate a {{name}} tornano nella coda del loro ufficio entro mezzo minuto.',
    unseen:
      'Le richieste degli uffici riservati che {{name}} lascia tornano in coda entro mezzo minuto: quante sono lo vede solo chi ne fa parte.',
    unseenToo: 'Si aggiungono quelle degli uffici riservati che {{name}} lascia: quante sono lo vede solo chi ne fa parte.',
    forGood_one: 'Non si può annullare: se poi {{name}} torna, la richiesta resta in coda e va riassegnata.',
    forGood_other: 'Non si può annullare: se poi {{name}} torna, le richieste restano in coda e vanno riassegnate.',
    told_one: 'Una richiesta torna in coda, e non si può annullare',
    told_other: '{{count}} richieste tornano in coda, e non si può annullare',
  },
};
