package sample

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// visitEvery is one past ticket in how many that began at the counter or on the telephone.
const visitEvery = 20

// spoken are short questions and what was answered at once.
var spoken = [][2]string{
	{"Orari dell'anagrafe", "Dal lunedì al venerdì dalle 8:30 alle 12:30, giovedì anche dalle 15 alle 17."},
	{"Che cosa serve per la carta d'identità", "Una foto recente, la carta vecchia e 22,21 euro; l'appuntamento si prende dal sito."},
	{"Giorno di raccolta della plastica in centro", "Il mercoledì, sacchi fuori dalle 6."},
	{"Come si iscrive un bambino alla mensa", ""},
}

// visit is somebody who came or called and was answered at once.
func (h *History) visit(ctx context.Context, tx pgx.Tx, at time.Time) error {
	h.clock = at
	mail := h.letters.Ordinary()
	person, err := h.contacts.Identify(ctx, tx, contact.Sender{
		Kind: contact.KindEmail, Value: mail.Sender.Address, Name: mail.Sender.Name(), Language: "it", Proved: true,
	})
	if err != nil {
		return err
	}
	said := spoken[h.rng.IntN(len(spoken))]
	way := []ticket.Way{ticket.WayCounter, ticket.WayTelephone}[h.rng.IntN(2)]
	_, err = h.tickets.Record(ctx, tx, account.SystemScope(), h.operatorFor(mail.Letter.Office), ticket.Visit{
		ID: id.New[id.Message](), Way: way, Office: h.town.Offices[officeOf(mail.Letter.Office)], Contact: person, Language: "it",
		From: ticket.Address{Name: mail.Sender.Name()}, Text: said[0], Type: "information",
		Then: ticket.Then{Answered: true, Answer: said[1]},
	})
	return err
}
