package sample

import (
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/ticket"
)

// asked are questions between offices of the past, with what came back.
var asked = []struct{ to, question, answer, back string }{
	{"tributi", "Risulta in regola con i pagamenti?", "Sì, tutto versato entro la scadenza.", "Il codice fiscale non corrisponde: verificate con il cittadino."},
	{"anagrafe", "Potete confermare la residenza e da quando?", "Confermata, dal 2019.", "Non risulta in anagrafe: serve il comune di provenienza."},
	{"lavori", "È già previsto un intervento in quella via?", "Sì, è nel programma del mese.", "La strada è provinciale: chiedete alla Provincia."},
	{"polizia", "Ci sono altre segnalazioni dallo stesso posto?", "Due nell’ultimo mese; passeremo a controllare.", "Non è area nostra: chiedete al consorzio."},
	{"edilizia", "C’è una pratica aperta su questo immobile?", "Sì, una CILA in istruttoria.", "Senza foglio e mappale non possiamo cercare."},
}

// consult asks another office beside the request: most answer, some return it, and seldom it is taken back.
func (l *life) consult() {
	q := asked[l.rng.IntN(len(asked))]
	if q.to == l.office || len(l.staff[q.to]) == 0 {
		return
	}
	l.work(2 * time.Hour)
	ask, office, asker, at := seededID(l.at, l.rng), l.Past.office(q.to), l.operator, l.at
	name := ""
	for _, h := range halls {
		if h.slug == q.to {
			name = h.name
		}
	}
	about := func(more ...string) map[string]string {
		params := map[string]string{"ask": ask.String(), "office": office.String(), "office_name": name}
		for i := 0; i+1 < len(more); i += 2 {
			params[more[i]] = more[i+1]
		}
		return params
	}
	due := at.AddDate(0, 0, 2)
	l.remark(q.question, asker, ticket.ReasonAsked, about())
	l.record(ticket.EventAsked, about("due", due.UTC().Format(time.RFC3339)), "operator", asker)
	people := l.staff[q.to]
	who := people[l.rng.IntN(len(people))].id
	l.work(12 * time.Hour)
	state, answer := ticket.AskAnswered, any(nil)
	switch chance := l.rng.IntN(100); {
	case chance < 75:
		m := l.remark(q.answer, who, ticket.ReasonAskAnswered, about())
		l.record(ticket.EventAnswered, about("message", m.String()), "operator", who)
		answer = m
	case chance < 90:
		m := l.remark(q.back, who, ticket.ReasonAskReturned, about())
		l.record(ticket.EventReturned, about("message", m.String()), "operator", who)
		state, answer = ticket.AskReturned, m
	default:
		state, who = ticket.AskWithdrawn, asker
		l.record(ticket.EventAskWithdrawn, about(), "operator", who)
	}
	ended := l.at
	l.work(2 * time.Hour)
	l.add("side_request", ask, l.id, office, l.Past.office(l.office), asker, q.question, at, due, string(state), answer, who, ended, l.at)
}

// remark is a note that belongs to a question.
func (l *life) remark(text string, by uuid.UUID, reason string, params map[string]string) uuid.UUID {
	return l.message(ticket.DirectionNote, "", past(text), func(row []any) { row[6], row[14], row[19] = by, reason, params })
}
