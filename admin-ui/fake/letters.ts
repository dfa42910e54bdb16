/** What citizens write: subject, first words, and sometimes a conversation. */
export interface Letter {
  subject: string;
  office: number;
  text: string;
  answer?: string;
  back?: string;
}

/** Letters to the fictional town of Valdoria, ordinary and awkward. */
export const letters: readonly Letter[] = [
  {
    subject: 'Certificato di residenza per il notaio',
    office: 0,
    text: 'Buongiorno,\n\navrei bisogno di un certificato di residenza storico per un atto dal notaio fissato per giovedì prossimo. È possibile riceverlo per e-mail oppure devo passare di persona?\n\nAllego copia della carta d’identità.\n\nCordiali saluti',
    answer:
      'Gentile signora,\n\nil certificato storico si può richiedere anche per e-mail: le alleghiamo il modulo da rimandare compilato con una marca da bollo da 16 €. Lo rilasciamo entro due giorni lavorativi.\n\nCordiali saluti\nUfficio Anagrafe',
    back: 'Grazie mille, ecco il modulo compilato. La marca da bollo ha il numero 01234567890123.\n\nIl giorno 22 novembre 2026 alle 10:12 Comune di Valdoria ha scritto:\n> Gentile signora,\n>\n> il certificato storico si può richiedere anche per e-mail: le alleghiamo\n> il modulo da rimandare compilato con una marca da bollo da 16 €.\n> Lo rilasciamo entro due giorni lavorativi.',
  },
  {
    subject: 'IMU seconda rata: importo diverso dal bollettino',
    office: 1,
    text: 'Spett.le Ufficio Tributi,\nil bollettino ricevuto riporta 412,00 € ma secondo i miei calcoli (rendita 640,30, aliquota 0,86%) dovrei pagare 378,50 €. Potete verificare prima della scadenza del 16 dicembre?\n\nGrazie\nDistinti saluti',
    answer: 'Gentile signor Moretti,\nabbiamo verificato: l’aliquota applicata era quella del 2025. Riceverà un nuovo bollettino entro venerdì. Quello precedente può essere cestinato.\n\nUfficio Tributi',
  },
  {
    subject: 'Lampione spento in via delle Rose 14',
    office: 2,
    text: 'Da ormai tre settimane il lampione davanti al civico 14 di via delle Rose è spento. Di sera è completamente buio e c’è la fermata dello scuolabus. Ho già telefonato due volte.',
  },
  {
    subject: 'R: Iscrizione mensa scolastica',
    office: 3,
    text: 'Salve,\nnon riesco a completare l’iscrizione alla mensa per mio figlio (classe 2B Rodari): il sito dice che il codice fiscale non è presente. Vi scrivo il codice così potete controllare: RSSMRC18A12L219X.\n\nGrazie\nElena Ferri',
    answer: 'Buongiorno,\nil codice risultava inserito con un errore di battitura: ora l’iscrizione è possibile. Ci scusiamo per il disagio.\n\nUfficio Scuola',
    back: 'Funziona! Grazie per la rapidità.',
  },
  {
    subject: 'Rinnovo contrassegno disabili',
    office: 3,
    text: 'Buongiorno, il contrassegno di mio padre scade il 30 novembre. Quali documenti servono per il rinnovo? Lui non può muoversi da casa: posso fare tutto io con una delega?\n\nGrazie',
  },
  {
    subject: 'Multa ZTL non dovuta, veicolo con permesso',
    office: 4,
    text: 'Ho ricevuto il verbale n. 4471/2026 per accesso alla ZTL il 3 novembre. Il mio veicolo ha il permesso residenti n. 882 valido fino al 2027 (vedi allegato). Chiedo l’annullamento in autotutela.\n\nIn attesa di riscontro porgo distinti saluti.',
  },
  {
    subject: 'Raccolta ingombranti: prenotazione',
    office: 2,
    text: 'vorrei prenotare il ritiro di un divano e due materassi. abito al terzo piano senza ascensore, li portate giù voi? quando passate? grazie',
    answer: 'Buongiorno,\nil ritiro avviene al piano strada. La prima data disponibile è lunedì 30 novembre, dalle 6 alle 12. Confermiamo?\n\nUfficio Ambiente',
    back: 'Va bene lunedì 30. Nome sul citofono: Galli.',
  },
  {
    subject: 'Richiesta accesso agli atti – pratica edilizia 118/2024',
    office: 5,
    text: 'Il sottoscritto, in qualità di proprietario confinante, chiede ai sensi dell’art. 22 della L. 241/1990 di prendere visione ed estrarre copia degli atti della pratica edilizia 118/2024.\n\nSi allega documento d’identità.\n\nArch. Paolo Conti',
  },
  { subject: 'Carta d’identità elettronica: appuntamento', office: 0, text: 'Buongiorno, sul portale non ci sono appuntamenti fino a febbraio ma devo partire il 20 dicembre. C’è una procedura d’urgenza?' },
  { subject: 'Bonus asilo nido', office: 3, text: 'Gentilissimi, entro quando bisogna presentare le ricevute delle rette da settembre a novembre? E vanno bene anche gli estratti conto?\nGrazie, Chiara' },
  { subject: 'Cimitero: rinnovo concessione loculo', office: 0, text: 'Buonasera,\nmi è arrivata una lettera che dice che la concessione del loculo di mia nonna (settore C, fila 4, n. 112) scade a fine anno. Quanto costa il rinnovo per altri 20 anni e come si paga?' },
  { subject: 'Buca pericolosa in via Garibaldi', office: 2, text: 'Segnalo una buca profonda almeno 20 cm davanti al panificio. Questa mattina una signora è caduta in bicicletta. Allego foto.' },
  { subject: 'TARI: cambio numero di occupanti', office: 1, text: 'Da ottobre mia figlia vive e risiede a Bologna. In casa siamo rimasti in due. Come aggiorno la tariffa rifiuti? Avete bisogno di un certificato?' },
  { subject: 'Occupazione suolo pubblico per trasloco', office: 4, text: 'Ditta Traslochi Ferrari chiede autorizzazione a occupare 12 metri in via Mazzini 8 per il giorno 3/12 dalle 8 alle 13. Furgone targa GH123KL.' },
  { subject: 'Voto a domicilio', office: 0, text: 'Mia madre è allettata. Vorrei sapere come chiedere il voto a domicilio per il referendum e quale certificato medico occorre.' },
  { subject: 'Rumori notturni dal locale “Il Molo”', office: 4, text: 'Tutti i fine settimana musica fino alle 3 di notte. Ho registrato i decibel: 68 in camera da letto. Chiedo un controllo.' },
];

/** People of the town: name, address. */
export const people: readonly (readonly [string, string])[] = [
  ['Anna Bianchi', 'anna.bianchi@example.it'],
  ['Giorgio Moretti', 'g.moretti@example.it'],
  ['Lucia Galli', 'lucia.galli@example.it'],
  ['Elena Ferri', 'elena.ferri78@example.it'],
  ['Marco De Santis', 'marco.desantis@example.it'],
  ['Fatima El Amrani', 'fatima.elamrani@example.it'],
  ['Studio Tecnico Conti e Associati', 'paolo.conti@studioconti.example.it'],
  ['Chiara Lombardo', 'chiara.lombardo@example.it'],
  ['Giuseppe Esposito', 'peppe.esposito@example.it'],
  ['Maria Grazia Dell’Acqua', 'mg.dellacqua@example.it'],
  ['Andrei Popescu', 'andrei.popescu@example.it'],
  ['Traslochi Ferrari S.r.l.', 'info@traslochiferrari.example.it'],
  ['Rosa Marchetti', 'rosa.marchetti@example.it'],
  ['Stefano Villa', 'stefano.villa@example.it'],
  ['Beatrice Sala', 'bea.sala@example.it'],
  ['Olena Kovalenko', 'olena.k@example.it'],
];
