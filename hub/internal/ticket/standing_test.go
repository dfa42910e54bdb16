package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/ticket"
)

func TestWhatIsSaidFitsTheStatus(t *testing.T) {
	t.Parallel()
	later, past := noon.Add(time.Hour), noon.Add(-time.Hour)
	for name, c := range map[string]struct {
		status ticket.Status
		said   ticket.Standing
		field  string
	}{
		"suspended without a basis":       {ticket.StatusSuspended, ticket.Standing{}, "standing.basis"},
		"suspended on an unknown basis":   {ticket.StatusSuspended, ticket.Standing{Basis: "ferie"}, "standing.basis"},
		"another basis is said in words":  {ticket.StatusSuspended, ticket.Standing{Basis: ticket.BasisOther, Note: " "}, "standing.note"},
		"suspended until yesterday":       {ticket.StatusSuspended, ticket.Standing{Basis: ticket.BasisCourt, Until: &past}, "standing.until"},
		"suspended":                       {ticket.StatusSuspended, ticket.Standing{Basis: ticket.BasisCourt, Until: &later}, ""},
		"waiting for nobody":              {ticket.StatusWaitingThird, ticket.Standing{Note: "boh"}, "standing.who"},
		"waiting for the province":        {ticket.StatusWaitingThird, ticket.Standing{Who: "Provincia", Until: &later}, ""},
		"an outcome of what is open":      {ticket.StatusOpen, ticket.Standing{Outcome: ticket.EndedDone}, "standing.outcome"},
		"a basis of what is over":         {ticket.StatusResolved, ticket.Standing{Basis: ticket.BasisCourt}, "standing.basis"},
		"what is over does not come back": {ticket.StatusClosed, ticket.Standing{Until: &later}, "standing.until"},
		"an unknown outcome":              {ticket.StatusResolved, ticket.Standing{Outcome: "boh"}, "standing.outcome"},
		"forwarded to nobody":             {ticket.StatusResolved, ticket.Standing{Outcome: ticket.EndedForwarded}, "standing.who"},
		"forwarded":                       {ticket.StatusResolved, ticket.Standing{Outcome: ticket.EndedForwarded, Who: "ASL"}, ""},
		"a duplicate is nobody's":         {ticket.StatusResolved, ticket.Standing{Outcome: ticket.EndedDuplicate, Who: "ASL"}, "standing.who"},
		"open with a remark":              {ticket.StatusOpen, ticket.Standing{Note: "nota"}, "standing.note"},
	} {
		_, err := c.said.For(c.status, account.Actor{}, noon)
		if c.field == "" {
			require.NoError(t, err, name)
			continue
		}
		require.Len(t, fault.Violations(err), 1, name)
		require.Equal(t, c.field, fault.Violations(err)[0].Field, name)
	}
	for role, ended := range map[account.Role]ticket.Ending{account.FirstLevel: ticket.EndedFirstLevel, account.BackOffice: ticket.EndedOffice} {
		got, err := ticket.Standing{}.For(ticket.StatusResolved, account.Actor{Role: role}, noon)
		require.NoError(t, err)
		require.Equal(t, ended, got.Outcome, "who ends it without a word has answered it")
	}
}

func TestWhatIsSaidGoesWithItsStatus(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	_, err := w.update(made.ID, ticket.Change{Version: made.Version, Status: ptr(ticket.StatusWaitingThird), Standing: &ticket.Standing{Who: " Provincia "}})
	require.NoError(t, err)
	require.Equal(t, ticket.Standing{Who: "Provincia"}, w.Get(made.ID).Standing)

	// A reply resolves it; called back, it waits for the same as before.
	out := w.Answer("fatto")
	out.Status, out.Standing = ticket.StatusResolved, ticket.Standing{Outcome: ticket.EndedDone}
	message := w.Reply(made.ID, out)
	require.Equal(t, ticket.Standing{Outcome: ticket.EndedDone}, w.Get(made.ID).Standing)
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Withdraw(t.Context(), tx, w.All, w.Lucia, message)
		return err
	})
	got := w.Get(made.ID)
	require.Equal(t, ticket.StatusWaitingThird, got.Status)
	require.Equal(t, ticket.Standing{Who: "Provincia"}, got.Standing)

	// A word put right without another status, and not twice.
	put := func() *ticket.Ticket {
		got, err = w.update(made.ID, ticket.Change{Version: w.Get(made.ID).Version, Standing: &ticket.Standing{Who: "ASL"}, Type: ptr("report")})
		require.NoError(t, err)
		return got
	}
	require.Equal(t, put().Version, put().Version)
	require.Equal(t, "report", w.Get(made.ID).RequestType)
	require.Equal(t, []ticket.EventType{
		ticket.EventOpened, ticket.EventStatusChanged, ticket.EventReplied, ticket.EventWithdrawn, ticket.EventTypeChanged, ticket.EventStandingChanged,
	}, w.events(made.ID))
	_, err = w.update(made.ID, ticket.Change{Version: got.Version, Type: ptr("boh")})
	require.Equal(t, "type", fault.Violations(err)[0].Field)

	w.Receive(made.ID, w.Letter("ecco"))
	require.Zero(t, w.Get(made.ID).Standing, "the letter has opened it")
}

func TestWhatIsPutAsideComesBack(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	later := w.Clock.Now().Add(time.Hour)
	due, open := w.Open("uno"), w.Open("due")
	aside := &ticket.Standing{Basis: ticket.BasisInformation, Until: &later}
	_, err := w.update(due.ID, ticket.Change{Version: due.Version, Status: ptr(ticket.StatusSuspended), Standing: aside})
	require.NoError(t, err)
	_, err = w.update(open.ID, ticket.Change{Version: open.Version, Status: ptr(ticket.StatusSuspended)})
	require.NoError(t, err)
	require.NoError(t, w.Store.ResumeDue(t.Context(), w.DB))
	require.Equal(t, ticket.StatusSuspended, w.Get(due.ID).Status)
	w.Clock.Advance(time.Hour)
	for range 2 {
		require.NoError(t, w.Store.ResumeDue(t.Context(), w.DB))
	}
	require.Equal(t, ticket.StatusOpen, w.Get(due.ID).Status)
	require.Zero(t, w.Get(due.ID).Standing)
	require.Equal(t, ticket.StatusSuspended, w.Get(open.ID).Status)
	events := w.history(due.ID)
	require.Len(t, events, 3)
	require.Equal(t, map[string]string{"from": "suspended", "to": "open", "cause": "until"}, events[2].Params)
}
