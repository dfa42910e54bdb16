package sample

// answers are what the desk writes back, by the office that a letter is for.
var answers = map[string][]string{
	"tributi": {
		"Gentile cittadino,\n\nabbiamo controllato la sua posizione: il pagamento risulta registrato e non deve fare altro. Le alleghiamo il riepilogo nella sua area riservata.\n\nCordiali saluti",
		"Buongiorno,\n\nla riduzione spetta dal giorno della dichiarazione. Può presentarla allo sportello tributi oppure dal sito con SPID o CIE, alla voce TARI.\n\nUn saluto cordiale",
	},
	"anagrafe": {
		"Buongiorno,\n\nla richiesta è stata presa in carico. Il primo appuntamento libero è giovedì alle 10.15: se va bene, basta rispondere a questo messaggio.\n\nPorti con sé il documento in suo possesso e una fototessera recente.\n\nCordiali saluti",
		"Gentile cittadina,\n\nil certificato è pronto e può scaricarlo gratis dal portale ANPR con SPID, CIE o CNS. Se preferisce ritirarlo allo sportello, siamo aperti da lunedì a venerdì dalle 8.30 alle 12.00.\n\nUn saluto",
	},
	"polizia": {
		"Buongiorno,\n\nabbiamo trasmesso la segnalazione alla Polizia locale, che farà un sopralluogo in settimana. La informeremo dell'esito.\n\nCordiali saluti",
		"Gentile signore,\n\nil ricorso va presentato al Prefetto entro 60 giorni oppure al Giudice di pace entro 30. Le indichiamo qui sotto i moduli e dove spedirli.\n\nDistinti saluti",
	},
	"lavori": {
		"Buongiorno,\n\ngrazie della segnalazione. La squadra manutenzioni interverrà lunedì; nel frattempo il tratto è stato transennato.\n\nCordiali saluti",
		"Gentile cittadino,\n\nil guasto al lampione è stato girato al gestore dell'illuminazione, che ha cinque giorni lavorativi per la riparazione.\n\nUn saluto",
	},
	"scuola": {
		"Buongiorno,\n\nle graduatorie escono il 15 del mese sul sito. La domanda di suo figlio risulta completa, non servono altri documenti.\n\nCordiali saluti",
		"Gentile famiglia,\n\nla dieta speciale è attiva da lunedì. Per ogni modifica serve il certificato del pediatra.\n\nUn saluto cordiale",
	},
	"cultura": {
		"Buongiorno,\n\nla sala è libera nella data indicata. Le mandiamo il modulo di richiesta e il tariffario; la risposta della Giunta arriva in dieci giorni.\n\nCordiali saluti",
	},
	"edilizia": {
		"Buongiorno,\n\nper questo intervento basta la CILA, da presentare sul portale SUE da parte di un tecnico abilitato. I diritti di segreteria sono indicati nella scheda.\n\nCordiali saluti",
	},
	"sociale": {
		"Buongiorno,\n\nl'assistente sociale la chiamerà entro domani per fissare un colloquio. Tenga pronto l'ISEE, se lo ha già.\n\nUn saluto cordiale",
	},
}

// notes are what colleagues leave for each other.
var notes = []string{
	"Sentito il collega dei tributi: manca solo la ricevuta, poi si può chiudere.",
	"Ha già telefonato due volte: meglio richiamare noi prima di venerdì.",
	"Verificato in anagrafe, i dati corrispondono.",
	"In attesa del sopralluogo della squadra manutenzioni.",
}

// followUps are what citizens answer.
var followUps = []string{
	"Grazie mille, gentilissimi.", "Perfetto, grazie della risposta rapida.",
	"Grazie, ma non ho capito quale modulo devo usare: potete mandarmelo?",
	"Va bene giovedì. A presto.", "Scusate, aggiungo che il problema c'è ancora oggi.",
}

// office is which of the demo's offices holds a letter's matter.
func officeOf(matter string) string {
	if matter == "anagrafe" {
		return "anagrafe"
	}
	return "urp"
}
