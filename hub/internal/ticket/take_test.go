package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// Whoever asks for the next ticket gets the most urgent, then the one that has waited longest; of many who ask at once
// each gets another one, and none is left over or given twice.
func TestTheNextTicketIsTakenByOne(t *testing.T) {
	t.Parallel()
	d := newTown(t)
	var numbers []ticket.Number
	for range 5 {
		n := d.Open("in attesa")
		d.Clock.Advance(time.Minute)
		numbers = append(numbers, n.Number)
	}
	_, err := d.DB.Exec(t.Context(), `UPDATE ticket SET priority = 4 WHERE number = $1`, numbers[3])
	require.NoError(t, err)
	_, err = d.DB.Exec(t.Context(), `UPDATE ticket SET status = 'suspended' WHERE number = $1`, numbers[1])
	require.NoError(t, err)
	take := func(scope account.Scope, offices ...id.Office) (taken *ticket.Ticket, err error) {
		err = pgx.BeginFunc(t.Context(), d.DB, func(tx pgx.Tx) error {
			taken, err = d.Store.TakeNext(t.Context(), tx, scope, d.Lucia, offices)
			return err
		})
		return taken, err
	}
	elsewhere, err := take(account.SystemScope(), d.Other)
	require.NoError(t, err)
	require.Nil(t, elsewhere)
	hidden, err := take(account.OfficeScope(d.Other), d.Office)
	require.NoError(t, err)
	require.Nil(t, hidden)

	first, err := take(account.SystemScope(), d.Office)
	require.NoError(t, err)
	require.Equal(t, numbers[3], first.Number)
	require.Equal(t, []any{d.Lucia.Operator, ticket.StatusOpen}, []any{first.Assignee, first.Status})

	var g errgroup.Group
	taken := make([]*ticket.Ticket, 6)
	for i := range taken {
		g.Go(func() (err error) {
			taken[i], err = take(account.SystemScope(), d.Office)
			return err
		})
	}
	require.NoError(t, g.Wait())
	var got []ticket.Number
	for _, each := range taken {
		if each != nil {
			got = append(got, each.Number)
		}
	}
	// One that is passed over while another takes it may be all that is left: whoever asks then gets nothing.
	for {
		rest, err := take(account.SystemScope(), d.Office)
		require.NoError(t, err)
		if rest == nil {
			break
		}
		got = append(got, rest.Number)
	}
	require.ElementsMatch(t, []ticket.Number{numbers[0], numbers[2], numbers[4]}, got)
}
