package delivery

import (
	"fmt"

	"sportello.dev/hub/internal/ticket"
)

// Saying is what an automatic message tells a citizen.
type Saying string

// The sayings.
const (
	// SayReceived gives a new ticket's number; it is the unset one.
	SayReceived Saying = ""
	// SayStopped confirms that no proactive messages will come, SayResumed that they will again.
	SayStopped Saying = "stopped"
	SayResumed Saying = "resumed"
	// SayStatus tells how a ticket stands.
	SayStatus Saying = "status"
	// SayNumber gives the number of a ticket that somebody came or called for.
	SayNumber Saying = "number"
)

// sayings are for text messages: one part each with a town's name of up to 45 characters.
var sayings = map[Saying]map[string]string{
	SayStopped: {
		"it": "%s: non le manderemo altri avvisi. Alle sue richieste rispondiamo come sempre. Per riprendere: RIPRENDI",
		"en": "%s: we will send you no more notices. We still answer your requests. To resume: START",
	},
	SayResumed: {
		"it": "%s: riceverà di nuovo i nostri avvisi. Per smettere: STOP",
		"en": "%s: you will receive our notices again. To stop: STOP",
	},
	SayStatus: {"it": "%s: la richiesta %s %s.", "en": "%s: request %s %s."},
}

// standings are the states of a ticket as citizens need them.
var standings = map[ticket.Status]map[string]string{
	ticket.StatusNew:            {"it": "è arrivata e attende un operatore", "en": "has arrived and waits for an operator"},
	ticket.StatusOpen:           {"it": "è in lavorazione", "en": "is being worked on"},
	ticket.StatusWaitingCitizen: {"it": "attende una sua risposta", "en": "waits for your answer"},
	ticket.StatusWaitingThird:   {"it": "attende altri, poi la riprendiamo noi", "en": "waits for others, then we go on with it"},
	ticket.StatusSuspended:      {"it": "è sospesa, poi la riprendiamo noi", "en": "is suspended, then we go on with it"},
	ticket.StatusResolved:       {"it": "è conclusa", "en": "is closed"},
	ticket.StatusClosed:         {"it": "è conclusa", "en": "is closed"},
}

// text is the saying about a ticket in its language.
func (s Saying) text(town string, t *ticket.Ticket) string {
	language := t.Language
	if sayings[s][language] == "" {
		language = "it"
	}
	if s != SayStatus {
		return fmt.Sprintf(sayings[s][language], town)
	}
	stands := standings[t.Status][language]
	if stands == "" {
		stands = standings[ticket.StatusOpen][language]
	}
	return fmt.Sprintf(sayings[s][language], town, t.Number, stands)
}
