package inbox_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

func TestListsByTypeAndByOutcome(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	says := func(subject, about string, end ticket.Ending) ticket.Number {
		made := w.Open(subject)
		c := ticket.Change{Version: made.Version, Type: &about}
		if end != "" {
			closed := ticket.StatusClosed
			c.Status, c.Standing = &closed, &ticket.Standing{Outcome: end}
		}
		w.Must(func(tx pgx.Tx) error {
			_, err := w.Store.Update(t.Context(), tx, w.All, made.ID, w.Lucia, c)
			return err
		})
		return made.Number
	}
	listed := func(f inbox.Filter) []ticket.Number {
		page, err := w.Inbox.List(t.Context(), w.DB, w.All, f)
		require.NoError(t, err)
		return tickettest.NumbersOf(page.Items)
	}
	praised, answered := says("grazie", "praise", ""), says("bravi", "praise", ticket.EndedOffice)
	refused := says("atti", "records", ticket.EndedRefused)
	for name, each := range map[string]struct {
		filter inbox.Filter
		want   []ticket.Number
	}{
		"a type, open and over":             {inbox.Filter{Type: "praise"}, []ticket.Number{answered, praised}},
		"a type, in order of waiting":       {inbox.Filter{Type: "praise", Order: inbox.OrderWaiting}, []ticket.Number{praised, answered}},
		"a type among what nobody has":      {inbox.Filter{Queue: inbox.QueueUnassigned, Type: "praise"}, []ticket.Number{praised}},
		"a type among what is over":         {inbox.Filter{Queue: inbox.QueueClosed, Type: "praise"}, []ticket.Number{answered}},
		"a type that nothing has":           {inbox.Filter{Type: "booking"}, nil},
		"an outcome is of what is over":     {inbox.Filter{Queue: inbox.QueueUnassigned, Outcome: ticket.EndedRefused}, []ticket.Number{refused}},
		"an outcome within states":          {inbox.Filter{Status: []ticket.Status{ticket.StatusOpen, ticket.StatusClosed}, Outcome: ticket.EndedOffice}, []ticket.Number{answered}},
		"what is open has not ended":        {inbox.Filter{Status: []ticket.Status{ticket.StatusNew}, Outcome: ticket.EndedOffice}, nil},
		"nobody waits for what is over":     {inbox.Filter{Queue: inbox.QueueWaiting, Outcome: ticket.EndedOffice}, nil},
		"both":                              {inbox.Filter{Type: "praise", Outcome: ticket.EndedOffice}, []ticket.Number{answered}},
		"both, of which no one is the same": {inbox.Filter{Type: "praise", Outcome: ticket.EndedRefused}, nil},
	} {
		require.Equal(t, each.want, listed(each.filter), name)
	}
	first, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Type: "praise", Limit: 1})
	require.NoError(t, err)
	require.NotEmpty(t, first.Next)
	require.Equal(t, []ticket.Number{praised}, listed(inbox.Filter{Type: "praise", Limit: 1, Cursor: first.Next}))
}
