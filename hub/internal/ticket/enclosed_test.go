package ticket_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// What comes to a confidential office is its own from then on: whoever was asked about it before sees it no longer, and
// what an expert was asked ends too. Whom it asks itself sees it.
func TestIsolationOfWhatComesToAConfidentialOffice(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	ctx, social := t.Context(), id.New[id.Office]()
	h.Exec(`INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'sociale', 'Servizi sociali', true)`, social)
	stay := id.New[id.Office]()
	h.Exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'anagrafe', 'Anagrafe')`, stay)
	minors, teresa := id.New[id.Office](), id.New[id.Operator]()
	h.Exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'teresa', 'Teresa', 'back_office')`, teresa)
	h.Exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2), ($3, $4), ($5, $6)`,
		social, teresa, h.Other, h.marta.Operator, stay, h.Lucia.Operator)
	h.Exec(`INSERT INTO office (id, slug, name, fallback_office_id) VALUES ($1, 'minori', 'Tutela minori', $2)`, minors, social)
	expert := func(of id.Ticket) (ask id.Ask) {
		ask = id.New[id.Ask]()
		h.Exec(`INSERT INTO side_request (id, ticket_id, expert_value, message_id, from_office_id, question, asked_at, due_at)
			SELECT $1, $2, 'geologo@studio.example', m.id, $3, '?', now(), now() FROM message m WHERE m.ticket_id = $2 LIMIT 1`, ask, of, h.Office)
		return ask
	}
	why := func(of id.Ticket) (all []string) {
		events, err := h.Store.Timeline(ctx, h.DB, h.All, of, ticket.Span{})
		require.NoError(t, err)
		for _, e := range events.Items {
			if e.Type == ticket.EventAskWithdrawn {
				all = append(all, e.Params["office_name"]+" "+e.Params["why"])
			}
		}
		return all
	}

	of := h.Open("Assegno di cura").ID
	asked, outside := h.asked(of), expert(of)
	_, err := h.update(of, ticket.Change{Version: h.Get(of).Version, Office: &stay})
	require.NoError(t, err)
	h.requireSight(of, true)
	require.Equal(t, ticket.AskOpen, h.one(asked).State, "a question goes with the request to an office that is open to others")

	_, err = h.update(of, ticket.Change{Version: h.Get(of).Version, Office: &social})
	require.NoError(t, err)
	h.requireSight(of, false)
	require.Equal(t, [2]int{0, 0}, h.counts(h.marta, h.seen))
	for _, a := range []id.Ask{asked, outside} {
		require.Equal(t, ticket.AskWithdrawn, h.one(a).State)
	}
	require.ElementsMatch(t, []string{"Tributi confidential", "geologo@studio.example confidential"}, why(of))
	require.Equal(t, fault.CodeNotFound, fault.Kind(h.answers(asked, "Sì")))
	again := h.asked(of)
	h.requireSight(of, true)
	_, err = h.update(of, ticket.Change{Version: h.Get(of).Version, Subject: new("Assegno")})
	require.NoError(t, err)
	require.Equal(t, ticket.AskOpen, h.one(again).State, "what the office itself asks goes on")

	// Through who stands in for another office, and by joining what others were asked about to what lies there.
	through := h.Open("Affido").ID
	h.asked(through)
	_, err = h.update(through, ticket.Change{Version: h.Get(through).Version, Office: &minors})
	require.NoError(t, err)
	h.requireSight(through, false)

	loose := h.Open("Ancora l'affido").ID
	joined := h.asked(loose)
	require.NoError(t, h.Tx(func(tx pgx.Tx) error {
		_, err := h.Store.Join(ctx, tx, h.All, h.Lucia, loose, through)
		return err
	}))
	h.requireSight(through, false)
	h.requireSight(loose, false)
	require.Equal(t, ticket.AskWithdrawn, h.one(joined).State)
	require.Len(t, why(through), 2, "that of the joined one is told too")
}
