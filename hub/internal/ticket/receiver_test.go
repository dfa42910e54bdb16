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
	s.exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'scuola', 'Scuola')`, s.school)
	s.exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2), ($3, $4)`, s.office, s.lucia.Operator, s.school, s.marta.Operator)
	s.exec(`UPDATE office SET fallback_office_id = $2 WHERE id = $1`, s.other, s.school)
	return s
}

func (s *staffed) closeDown(office, successor id.Office) {
	s.t.Helper()
	s.exec(`UPDATE office SET active = false, fallback_office_id = $2 WHERE id = $1`, office, successor)
}

// last is the parameters of the latest event of a type.
func (s *staffed) last(of id.Ticket, kind ticket.EventType) map[string]string {
	s.t.Helper()
	page, err := s.store.Timeline(s.t.Context(), s.db, s.all, of, ticket.Span{})
	require.NoError(s.t, err)
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
	of := s.open("Quanto devo?").ID
	got, err := s.update(of, ticket.Change{Version: s.get(of).Version, Office: &s.other, Note: "È una rata"})
	require.NoError(t, err)
	require.Equal(t, s.school, got.Office)
	require.Equal(t, map[string]string{
		"from": s.office.String(), "to": s.school.String(), "to_name": "Scuola", "meant": s.other.String(), "meant_name": "Tributi",
	}, s.last(of, ticket.EventOfficeChanged))
	page, err := s.store.Messages(t.Context(), s.db, s.all, of, ticket.Span{})
	require.NoError(t, err)
	require.Equal(t, "Scuola", page.Items[1].Reason.Params["office_name"])
	require.Equal(t, "Tributi", page.Items[1].Reason.Params["meant_name"])

	_, err = s.update(of, ticket.Change{Version: got.Version, Office: &s.other})
	require.Equal(t, "received_here", fault.Violations(err)[0].Key, "it would come back to who has it")
	require.Equal(t, s.school, s.get(of).Office)

	// Who handed it over has left the office, and the school receives for that one too.
	s.exec(`UPDATE office SET fallback_office_id = $2 WHERE id = $1`, s.office, s.school)
	s.exec(`DELETE FROM office_member WHERE office_id = $1`, s.office)
	err = s.tx(func(tx pgx.Tx) error {
		_, err := s.store.GiveBack(t.Context(), tx, s.all, of, s.marta, s.get(of).Version, "Non nostra")
		return err
	})
	require.Equal(t, "received_here", fault.Violations(err)[0].Key)
}

func TestAQuestionGoesToWhoReceives(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	of := s.open("Quanto devo?").ID
	a, err := s.asks(of, ticket.NewAsk{Office: s.other, Text: "È dovuta?", Status: ticket.StatusWaitingThird})
	require.NoError(t, err)
	require.Equal(t, s.school, s.one(a).Office)
	require.Equal(t, "Scuola", s.get(of).Standing.Who)
	require.Equal(t, "Tributi", s.last(of, ticket.EventAsked)["meant_name"])
	_, err = s.asks(of, ticket.NewAsk{Office: s.school, Text: "E allora?"})
	require.Equal(t, "asked_already", fault.Violations(err)[0].Key, "both names lead to the same desk")
}

// What a closed-down office has is handed on by whichever of several replicas comes first, once.
func TestWhatClosedOfficesHaveIsMovedOnce(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, s.other, s.marta.Operator)
	var left []id.Ticket
	for range 5 {
		left = append(left, s.open("Quanto devo?").ID)
	}
	over := s.open("Fatto").ID
	resolved := ticket.StatusResolved
	_, err := s.update(over, said(ticket.Change{Version: s.get(over).Version, Status: &resolved}))
	require.NoError(t, err)
	elsewhere := s.open("Un'altra cosa").ID
	_, err = s.update(elsewhere, ticket.Change{Version: s.get(elsewhere).Version, Office: &s.school})
	require.NoError(t, err)
	moves, err := s.asks(elsewhere, ticket.NewAsk{Office: s.office, Text: "È vostra?"})
	require.NoError(t, err)
	returns, err := s.asks(left[0], ticket.NewAsk{Office: s.other, Text: "È dovuta?"})
	require.NoError(t, err)

	// The URP goes to the taxes, which then hold what the URP asked them.
	// One letter is being filed there at that moment.
	s.must(func(tx pgx.Tx) error {
		late, err := s.store.Create(t.Context(), tx, account.System(), ticket.Opening{Subject: "Ancora", Office: s.office})
		require.NoError(t, err)
		left = append(left, late.ID)
		s.closeDown(s.office, s.other)
		return nil
	})
	s.clock.advance(time.Minute)
	var wait sync.WaitGroup
	failed := make([]error, 3)
	for i := range failed {
		wait.Go(func() { failed[i] = s.store.MoveLeft(t.Context(), s.db) })
	}
	wait.Wait()
	require.Equal(t, make([]error, 3), failed)
	// What another pass held is passed over, and comes with the next one.
	require.NoError(t, s.store.MoveLeft(t.Context(), s.db))

	for _, of := range left {
		require.Equal(t, s.other, s.get(of).Office)
		require.Equal(t, 1, count(s.events(of), ticket.EventOfficeChanged))
		require.Equal(t, map[string]string{
			"from": s.office.String(), "to": s.other.String(), "to_name": "Tributi", "cause": "closed",
			"meant": s.office.String(), "meant_name": "URP",
		}, s.last(of, ticket.EventOfficeChanged))
	}
	require.Equal(t, s.office, s.get(over).Office, "its past stays")
	require.Equal(t, ticket.AskWithdrawn, s.one(returns).State, "who was asked has the ticket")
	require.Equal(t, s.other, s.one(moves).Office)
	require.Equal(t, 1, count(s.events(elsewhere), ticket.EventAskMoved))
	_, err = s.store.ByID(t.Context(), s.db, account.OfficeScope(s.other), elsewhere)
	require.NoError(t, err, "the office asked sees it")
	_, err = s.store.ByID(t.Context(), s.db, account.OfficeScope(s.office), elsewhere)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err), "the one that is closed down does not")

	// The taxes close in favour of the school, which holds the ticket they are asked about: the question comes back.
	s.closeDown(s.other, s.school)
	require.NoError(t, s.store.MoveLeft(t.Context(), s.db))
	require.Equal(t, ticket.AskReturned, s.one(moves).State)
	require.Nil(t, s.one(moves).SeenAt, "who asked is told")
	require.Equal(t, "closed", s.last(elsewhere, ticket.EventReturned)["cause"])
	for _, of := range left {
		require.Equal(t, s.school, s.get(of).Office)
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
