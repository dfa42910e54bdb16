package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

var (
	ada      = tickettest.Ada
	bruno    = ticket.Address{Kind: "email", Value: "bruno@posta.example"}
	carla    = ticket.Address{Kind: "email", Value: "carla@posta.example"}
	stranger = ticket.Address{Kind: "email", Value: "mallory@altrove.example", Name: "Ada Rossi"}
	noon     = tickettest.Noon
)

const subject = tickettest.Subject

// town is where these tests happen.
type town struct{ *tickettest.Town }

func newTown(t testing.TB) *town { return &town{tickettest.New(t)} }

// said gives a change of status what must be said of it, unless it says something.
func said(c ticket.Change) ticket.Change {
	if c.Status == nil || c.Standing != nil {
		return c
	}
	switch *c.Status {
	case ticket.StatusWaitingThird:
		c.Standing = &ticket.Standing{Who: "Provincia"}
	case ticket.StatusSuspended:
		c.Standing = &ticket.Standing{Basis: ticket.BasisInformation}
	}
	return c
}

func (w *town) update(t id.Ticket, c ticket.Change) (got *ticket.Ticket, err error) {
	c = said(c)
	err = w.Tx(func(tx pgx.Tx) error {
		got, err = w.Store.Update(w.T.Context(), tx, w.All, t, w.Lucia, c)
		return err
	})
	return got, err
}

// events lists the types of a ticket's history.
func (w *town) events(t id.Ticket) []ticket.EventType {
	w.T.Helper()
	page, err := w.Store.Timeline(w.T.Context(), w.DB, w.All, t, ticket.Span{})
	require.NoError(w.T, err)
	var types []ticket.EventType
	for _, e := range page.Items {
		types = append(types, e.Type)
	}
	return types
}

func ptr[T any](v T) *T { return &v }

// utc shows the times of a ticket as they are compared: what is read from the database is in the machine's zone.
func utc(t *ticket.Ticket) ticket.Ticket {
	u := *t
	for _, at := range []**time.Time{&u.WaitingSince, &u.ClosedAt, &u.HeldSince} {
		if *at != nil {
			*at = ptr((*at).UTC())
		}
	}
	u.LastMessageAt, u.CreatedAt, u.UpdatedAt = u.LastMessageAt.UTC(), u.CreatedAt.UTC(), u.UpdatedAt.UTC()
	return u
}
