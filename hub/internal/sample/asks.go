package sample

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Adviser is an outside expert who answers in the simulated world; the geologist is one who takes longer.
const (
	Adviser   = "perito@studio-tecnico.example"
	geologist = "geologo@studio-tecnico.example"
)

// query is a question about a request that is still open, and how far it has come.
type query struct {
	// to is an office, or the address of an expert by that name.
	to, name string
	by, text string
	// answer is what came back, returned whether with it the question did.
	answer   string
	returned bool
	late     bool
}

// queries are told from the request that rests longest on: what is late is the oldest.
var queries = []query{
	{to: "anagrafe", by: "anna", late: true, text: "Il richiedente risulta residente a quell’indirizzo? Da quando?"},
	{
		to: "tributi", by: "anna", text: "Risulta un pagamento a suo nome nell’ultimo anno? Ci serve per rispondere.",
		answer: "Sì: versato tutto entro la scadenza, non risulta alcun debito. Potete dirglielo.",
	},
	{to: "polizia", by: "marta", returned: true, text: "Serve un sopralluogo?", answer: "La zona è fuori dalla nostra competenza: chiedete ai lavori pubblici."},
	{
		to: Adviser, name: "ing. Sofia Verdi", by: "anna", text: "Da quanto descritto, c’è un pericolo immediato per chi passa?",
		answer: "Buongiorno,\n\nda quanto descritto non vedo un pericolo immediato. Consiglio comunque un sopralluogo entro il mese.\n\nCordiali saluti\ning. Sofia Verdi",
	},
	{to: geologist, name: "dott. Aldo Sassi", by: "anna", text: "Il terreno a monte della strada è stabile? Può darci un parere scritto?"},
	{to: "lavori", by: "anna", text: "Quando è previsto l’intervento della squadra?"},
	{to: "anagrafe", by: "marta", text: "Potete verificare se il documento è già pronto?"},
	{to: "cultura", by: "sara", text: "La sala è libera il sabato richiesto?", answer: "Sì, la sala è libera. L’abbiamo segnata fino a venerdì."},
}

// resting is a request that is open.
type resting struct {
	ID     id.Ticket `db:"id"`
	Office id.Office `db:"office_id"`
}

// ask puts questions to offices and experts on requests that are open, the URP's own before others.
func (h *History) ask(ctx context.Context) error {
	const query = `SELECT id, office_id FROM (
		SELECT id, office_id, updated_at FROM ticket t WHERE status IN ('new', 'open', 'waiting_citizen', 'waiting_third') AND merged_into IS NULL AND updated_at < $2
		    AND NOT EXISTS (SELECT FROM office o WHERE o.id = t.office_id AND o.confidential)
		ORDER BY office_id <> $1, updated_at, id LIMIT $3) t ORDER BY updated_at, id`
	rows, err := h.pool.Query(ctx, query, h.town.Offices["urp"], h.now.Add(-time.Minute), len(queries)+2)
	if err != nil {
		return fmt.Errorf("finding requests to ask about: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowToStructByName[resting])
	if err != nil {
		return fmt.Errorf("finding requests to ask about: %w", err)
	}
	for i := range queries {
		q := &queries[i]
		about := slices.IndexFunc(open, func(r resting) bool { return r.Office != h.town.Offices[q.to] })
		if about < 0 {
			continue
		}
		err := postgres.InTx(ctx, h.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL sportello.quiet = 'on'`); err != nil {
				return err
			}
			return h.query(ctx, tx, open[about].ID, q)
		})
		if err != nil {
			return fmt.Errorf("asking about a sample ticket: %w", err)
		}
		open = slices.Delete(open, about, about+1)
	}
	return nil
}

func (h *History) query(ctx context.Context, tx pgx.Tx, which id.Ticket, q *query) error {
	t, err := h.tickets.Lock(ctx, tx, account.SystemScope(), which)
	if err != nil {
		return err
	}
	h.clock = t.UpdatedAt
	h.pass(time.Hour)
	due := h.now.Add(30 * time.Hour)
	if q.late {
		due = h.clock.Add(h.now.Sub(h.clock) / 2)
	}
	by := account.Actor{Kind: account.KindOperator, Operator: h.town.Operators[q.by], Role: account.FirstLevel, Offices: []id.Office{h.town.Offices["urp"]}}
	ask := id.New[id.Ask]()
	to, office := h.town.Offices[q.to]
	if !office {
		return h.consult(ctx, tx, t, by, ask, due, q)
	}
	err = h.tickets.Ask(ctx, tx, account.SystemScope(), by, t.ID, ticket.NewAsk{ID: ask, Office: to, Text: q.text, Due: due})
	if err != nil || q.answer == "" {
		return err
	}
	h.pass(6 * time.Hour)
	people := h.workers[q.to]
	if len(people) == 0 {
		return nil
	}
	who := people[h.rng.IntN(len(people))].actor()
	who.Offices = []id.Office{to}
	if q.returned {
		return h.tickets.ReturnAsk(ctx, tx, account.SystemScope(), who, ask, q.answer)
	}
	return h.tickets.AnswerAsk(ctx, tx, account.SystemScope(), who, ask, ticket.Note{Text: q.answer})
}

// consult is a letter to an expert that arrived, and the answer to it.
func (h *History) consult(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, by account.Actor, ask id.Ask, due time.Time, q *query) error {
	town := ticket.Address{Kind: contact.KindEmail, Value: Mailbox, Name: "Comune di Valdoria"}
	expert := ticket.Address{Kind: contact.KindEmail, Value: q.to, Name: q.name}
	letter := ticket.Outbound{
		ID: id.New[id.Message](), Channel: h.town.Channel, ChannelKind: "email", From: town, Language: "it",
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: expert}}, Subject: "Richiesta di parere - Comune di Valdoria",
		Text: "Buongiorno,\n\n" + h.town.nameOf(t.Office) + " (Comune di Valdoria) le chiede un parere:\n\n" + q.text + "\n\nLe saremmo grati di una risposta entro il " + due.Format("02/01/2006") + ".",
	}
	letter.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: "<parere." + letter.ID.String() + "@comune.valdoria.example>", Issuer: ticket.IssuerHub}}
	err := h.tickets.AskExpert(ctx, tx, by, t, ticket.NewExpertAsk{ID: ask, Expert: expert, Text: q.text, Due: due, Letter: letter})
	if err != nil {
		return err
	}
	if err := h.delivered(ctx, tx, t, letter.ID, expert); err != nil || q.answer == "" {
		return err
	}
	h.pass(9 * time.Hour)
	_, asked, err := h.tickets.LockAsk(ctx, tx, account.SystemScope(), ask)
	if err != nil {
		return err
	}
	f := h.tickets.NewFiling()
	f.Answer(t, asked, ticket.Inbound{
		Channel: h.town.Channel, ChannelKind: "email", Class: ticket.ClassHuman, From: expert, Subject: "Re: " + letter.Subject, Text: q.answer,
		Language: "it", Authenticated: true, SentAt: h.clock, ReceivedAt: h.clock,
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: town}},
		Answers: letter.ID, Reason: ticket.Reason{Code: ticket.ReasonExpertAnswered},
	})
	return f.Write(ctx, tx)
}

// nameOf is how one of the sample's offices is called.
func (t *Town) nameOf(which id.Office) string {
	for _, h := range halls {
		if t.Offices[h.slug] == which {
			return h.name
		}
	}
	return ""
}
