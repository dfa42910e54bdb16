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

// lost are the numbers that somebody was told are out of sight.
func (h *hearing) lost(who id.Operator) (numbers []string) {
	h.T.Helper()
	require.NoError(h.T, h.DB.QueryRow(h.T.Context(), `SELECT coalesce(array_agg(lost), '{}') FROM mention_reader WHERE operator_id = $1`, who).Scan(&numbers))
	return numbers
}

// Whoever loses sight of something they asked about, or are asked about, is told its number, once.
func TestIsolationIsToldToWhoLosesSight(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	ctx := t.Context()
	social, minors := id.New[id.Office](), id.New[id.Office]()
	h.Exec(`INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'sociale', 'Servizi sociali', true), ($2, 'minori', 'Tutela minori', false)`, social, minors)
	inside, both, watcher, gone := id.New[id.Operator](), id.New[id.Operator](), id.New[id.Operator](), id.New[id.Operator]()
	h.Exec(`INSERT INTO operator (id, login, name, role, active) VALUES ($1, 'teresa', 'Teresa', 'back_office', true), ($2, 'bruna', 'Bruna', 'back_office', true),
		($3, 'sandro', 'Sandro', 'auditor', true), ($4, 'gino', 'Gino', 'back_office', false)`, inside, both, watcher, gone)
	h.Exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $3), ($1, $4), ($2, $4), ($2, $5), ($2, $6), ($2, $7), ($8, $3)`,
		social, h.Other, inside, both, h.marta.Operator, watcher, gone, minors)
	give := func(of id.Ticket, to id.Office) {
		_, err := h.update(of, ticket.Change{Version: h.Get(of).Version, Office: &to})
		require.NoError(t, err)
	}

	handed := h.Open("Assegno di cura")
	h.asked(handed.ID)
	plain := h.Open("Buca")
	give(plain.ID, social)
	give(handed.ID, social)
	one := string(handed.Number)
	require.Equal(t, [][]string{{one}, {one}}, [][]string{h.lost(h.Lucia.Operator), h.lost(h.marta.Operator)})
	_, err := h.update(handed.ID, ticket.Change{Version: h.Get(handed.ID).Version, Subject: new("Assegno")})
	require.NoError(t, err)
	give(handed.ID, h.Office)
	give(handed.ID, social)
	require.Equal(t, []string{one}, h.lost(h.marta.Operator), "once: nobody asks any more")

	// By joining, under the number that was known.
	loose := h.Open("Ancora l'assegno")
	h.asked(loose.ID)
	require.NoError(t, h.Tx(func(tx pgx.Tx) error {
		_, err := h.Store.Join(ctx, tx, h.All, h.Lucia, loose.ID, handed.ID)
		return err
	}))
	require.ElementsMatch(t, []string{one, string(loose.Number)}, h.lost(h.marta.Operator))

	// By marking the office: what it asks itself goes on, and so do those who are asked; the asker who is no member does not.
	foreign, ours, answered := h.Open("Affido"), h.Open("Affido, due"), h.Open("Affido, tre")
	open := h.asked(foreign.ID)
	give(foreign.ID, minors)
	give(ours.ID, minors)
	give(answered.ID, minors)
	kept, known := h.asked(ours.ID), h.asked(answered.ID)
	require.NoError(t, h.answers(known, "Sì"))
	require.Equal(t, ticket.AskOpen, h.one(open).State)
	h.Exec(`UPDATE office SET confidential = true WHERE id = $1`, minors)
	enclose := func() { h.Must(func(tx pgx.Tx) error { return h.Store.Enclose(ctx, tx, minors) }) }
	enclose()
	require.Equal(t, ticket.AskWithdrawn, h.one(open).State)
	require.Equal(t, ticket.AskOpen, h.one(kept).State)
	h.requireSight(foreign.ID, false)
	h.requireSight(ours.ID, true)
	require.ElementsMatch(t, []string{one, string(loose.Number), string(foreign.Number)}, h.lost(h.marta.Operator))
	require.ElementsMatch(t, []string{one, string(loose.Number), string(foreign.Number), string(ours.Number), string(answered.Number)}, h.lost(h.Lucia.Operator))
	require.Equal(t, []string{string(foreign.Number)}, h.lost(both), "she belongs to the first confidential office, and not to the second")
	for _, who := range []id.Operator{inside, watcher, gone} {
		require.Empty(t, h.lost(who))
	}
}
