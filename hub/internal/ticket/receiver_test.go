package ticket_test

import (
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// staffed is a town of three offices: the URP with Lucia, the taxes with nobody, and the school, with Marta, which
// receives for the taxes.
type staffed struct {
	*hearing
	school id.Office
}

func newStaffed(t *testing.T) *staffed {
	t.Helper()
	s := &staffed{hearing: newHearing(t), school: id.New[id.Office]()}
	s.Exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'scuola', 'Scuola')`, s.school)
	s.Exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2), ($3, $4)`, s.Office, s.Lucia.Operator, s.school, s.marta.Operator)
	s.Exec(`UPDATE office SET fallback_office_id = $2 WHERE id = $1`, s.Other, s.school)
	return s
}

func (s *staffed) closeDown(office, successor id.Office) {
	s.T.Helper()
	s.Exec(`UPDATE office SET active = false, fallback_office_id = $2 WHERE id = $1`, office, successor)
}

// last is the parameters of the latest event of a type.
func (s *staffed) last(of id.Ticket, kind ticket.EventType) map[string]string {
	s.T.Helper()
	page, err := s.Store.Timeline(s.T.Context(), s.DB, s.All, of, ticket.Span{})
	require.NoError(s.T, err)
	var params map[string]string
	for _, e := range page.Items {
		if e.Type == kind {
			params = e.Params
		}
	}
	return params
}

func TestATransferGoesToWhoReceives(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	of := s.Open("Quanto devo?").ID
	got, err := s.update(of, ticket.Change{Version: s.Get(of).Version, Office: &s.Other, Note: "È una rata"})
	require.NoError(t, err)
	require.Equal(t, s.school, got.Office)
	require.Equal(t, map[string]string{
		"from": s.Office.String(), "to": s.school.String(), "to_name": "Scuola", "meant": s.Other.String(), "meant_name": "Tributi",
	}, s.last(of, ticket.EventOfficeChanged))
	page, err := s.Store.Messages(t.Context(), s.DB, s.All, of, ticket.Span{})
	require.NoError(t, err)
	require.Equal(t, "Scuola", page.Items[1].Reason.Params["office_name"])
	require.Equal(t, "Tributi", page.Items[1].Reason.Params["meant_name"])

	_, err = s.update(of, ticket.Change{Version: got.Version, Office: &s.Other})
	require.Equal(t, "received_here", fault.Violations(err)[0].Key, "it would come back to who has it")
	require.Equal(t, s.school, s.Get(of).Office)

	// Who handed it over has left the office, and the school receives for that one too.
	s.Exec(`UPDATE office SET fallback_office_id = $2 WHERE id = $1`, s.Office, s.school)
	s.Exec(`DELETE FROM office_member WHERE office_id = $1`, s.Office)
	err = s.Tx(func(tx pgx.Tx) error {
		_, err := s.Store.GiveBack(t.Context(), tx, s.All, of, s.marta, s.Get(of).Version, "Non nostra")
		return err
	})
	require.Equal(t, "received_here", fault.Violations(err)[0].Key)
}

func TestAQuestionGoesToWhoReceives(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	of := s.Open("Quanto devo?").ID
	a, err := s.asks(of, ticket.NewAsk{Office: s.Other, Text: "È dovuta?", Status: ticket.StatusWaitingThird})
	require.NoError(t, err)
	require.Equal(t, s.school, s.one(a).Office)
	require.Equal(t, "Scuola", s.Get(of).Standing.Who)
	require.Equal(t, "Tributi", s.last(of, ticket.EventAsked)["meant_name"])
	_, err = s.asks(of, ticket.NewAsk{Office: s.school, Text: "E allora?"})
	require.Equal(t, "asked_already", fault.Violations(err)[0].Key, "both names lead to the same desk")
}

// What a closed-down office has is handed on by whichever of several replicas comes first, once.
func TestWhatClosedOfficesHaveIsMovedOnce(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.Exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, s.Other, s.marta.Operator)
	var left []id.Ticket
	for range 5 {
		left = append(left, s.Open("Quanto devo?").ID)
	}
	over := s.Open("Fatto").ID
	resolved := ticket.StatusResolved
	_, err := s.update(over, said(ticket.Change{Version: s.Get(over).Version, Status: &resolved}))
	require.NoError(t, err)
	elsewhere := s.Open("Un'altra cosa").ID
	_, err = s.update(elsewhere, ticket.Change{Version: s.Get(elsewhere).Version, Office: &s.school})
	require.NoError(t, err)
	moves, err := s.asks(elsewhere, ticket.NewAsk{Office: s.Office, Text: "È vostra?"})
	require.NoError(t, err)
	returns, err := s.asks(left[0], ticket.NewAsk{Office: s.Other, Text: "È dovuta?"})
	require.NoError(t, err)

	// The URP goes to the taxes, which then hold what the URP asked them.
	// One letter is being filed there at that moment.
	s.Must(func(tx pgx.Tx) error {
		late, err := s.Store.Create(t.Context(), tx, account.System(), ticket.Opening{Subject: "Ancora", Office: s.Office})
		require.NoError(t, err)
		left = append(left, late.ID)
		s.closeDown(s.Office, s.Other)
		return nil
	})
	s.Clock.Advance(time.Minute)
	var wait sync.WaitGroup
	failed := make([]error, 3)
	for i := range failed {
		wait.Go(func() { failed[i] = s.Store.MoveLeft(t.Context(), s.DB) })
	}
	wait.Wait()
	require.Equal(t, make([]error, 3), failed)
	// What another pass held is passed over, and comes with the next one.
	require.NoError(t, s.Store.MoveLeft(t.Context(), s.DB))

	for _, of := range left {
		require.Equal(t, s.Other, s.Get(of).Office)
		require.Equal(t, 1, count(s.events(of), ticket.EventOfficeChanged))
		require.Equal(t, map[string]string{
			"from": s.Office.String(), "to": s.Other.String(), "to_name": "Tributi", "cause": "closed",
			"meant": s.Office.String(), "meant_name": "URP",
		}, s.last(of, ticket.EventOfficeChanged))
	}
	require.Equal(t, s.Office, s.Get(over).Office, "its past stays")
	require.Equal(t, ticket.AskWithdrawn, s.one(returns).State, "who was asked has the ticket")
	require.Equal(t, s.Other, s.one(moves).Office)
	require.Equal(t, 1, count(s.events(elsewhere), ticket.EventAskMoved))
	_, err = s.Store.ByID(t.Context(), s.DB, account.OfficeScope(s.Other), elsewhere)
	require.NoError(t, err, "the office asked sees it")
	_, err = s.Store.ByID(t.Context(), s.DB, account.OfficeScope(s.Office), elsewhere)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err), "the one that is closed down does not")

	// The taxes close in favour of the school, which holds the ticket they are asked about: the question comes back.
	s.closeDown(s.Other, s.school)
	require.NoError(t, s.Store.MoveLeft(t.Context(), s.DB))
	require.Equal(t, ticket.AskReturned, s.one(moves).State)
	require.Nil(t, s.one(moves).SeenAt, "who asked is told")
	require.Equal(t, "closed", s.last(elsewhere, ticket.EventReturned)["cause"])
	for _, of := range left {
		require.Equal(t, s.school, s.Get(of).Office)
	}
}

func count[T comparable](list []T, want T) (n int) {
	for _, each := range list {
		if each == want {
			n++
		}
	}
	return n
}
