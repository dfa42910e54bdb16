package thread_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

var (
	phone      = ticket.Address{Kind: "mobile", Value: "+393331234567"}
	otherPhone = ticket.Address{Kind: "mobile", Value: "+393337654321"}
)

// texts is what a telephone number can write about: one ticket that it began, one that an operator wrote to it on, and
// one that has nothing to do with it.
type texts struct {
	begun, answered, foreign thread.Candidate
}

func newTexts() texts {
	at := noon.Add(-48 * time.Hour)
	one := func(n int64, p ticket.Party) thread.Candidate {
		return thread.Candidate{
			ID: id.New[id.Ticket](), Number: ticket.FormatNumber(2026, n), Status: ticket.StatusOpen, CreatedAt: at,
			ReopenWithin: 30 * 24 * time.Hour, Parties: []ticket.Party{p},
		}
	}
	return texts{
		begun:    one(1, ticket.Party{Kind: phone.Kind, Value: phone.Value, Role: ticket.RoleRequester, WroteAt: &at}),
		answered: one(2, ticket.Party{Kind: phone.Kind, Value: phone.Value, Role: ticket.RoleThird, AddressedAt: &at}),
		foreign:  one(3, ticket.Party{Kind: ada.Kind, Value: ada.Value, Role: ticket.RoleRequester, WroteAt: &at}),
	}
}

func (w texts) evidence(sender ticket.Address, recent, named []thread.Candidate) thread.Evidence {
	e := thread.Evidence{
		Class: ticket.ClassHuman, Sender: sender, Policy: thread.DefaultPolicy(), Now: noon,
		Candidates: map[id.Ticket]thread.Candidate{w.begun.ID: w.begun, w.answered.ID: w.answered, w.foreign.ID: w.foreign},
	}
	for _, c := range recent {
		e.Phone = append(e.Phone, c.ID)
	}
	for _, c := range named {
		e.Numbers = append(e.Numbers, thread.NumberHit{Number: c.Number, Ticket: c.ID})
	}
	return e
}

func TestDecideOfTexts(t *testing.T) {
	t.Parallel()
	w := newTexts()
	closed := w
	closed.begun.Status, closed.begun.ClosedAt = ticket.StatusClosed, new(noon.Add(-time.Hour))
	type candidates = []thread.Candidate
	for _, c := range []struct {
		name          string
		world         texts
		sender        ticket.Address
		recent, named candidates
		want          *thread.Candidate
		reason        string
		suggestions   int
	}{
		{"the only open one", w, phone, candidates{w.begun}, nil, &w.begun, ticket.ReasonPhone, 0},
		{"the only one we wrote on", w, phone, candidates{w.answered}, nil, &w.answered, ticket.ReasonPhone, 0},
		{"found twice, after a join", w, phone, candidates{w.begun, w.begun}, nil, &w.begun, ticket.ReasonPhone, 0},
		{"two open ones", w, phone, candidates{w.begun, w.answered}, nil, nil, ticket.ReasonNewSuggested, 2},
		{"two, and one is named", w, phone, candidates{w.begun, w.answered}, candidates{w.answered}, &w.answered, ticket.ReasonPhoneNumber, 0},
		{"named after many days", w, phone, nil, candidates{w.begun}, &w.begun, ticket.ReasonPhoneNumber, 0},
		{"one of others is named", w, phone, candidates{w.begun}, candidates{w.foreign}, nil, ticket.ReasonNewSuggested, 2},
		{"a stranger names it", w, otherPhone, nil, candidates{w.begun}, nil, ticket.ReasonNewSuggested, 1},
		{"nothing", w, phone, nil, nil, nil, ticket.ReasonNew, 0},
		{"closed, not named", closed, phone, candidates{closed.begun}, nil, nil, ticket.ReasonNew, 0},
		{"closed and named", closed, phone, nil, candidates{closed.begun}, &closed.begun, ticket.ReasonPhoneNumber, 0},
		{"a mail is not a text", w, ada, candidates{w.foreign}, nil, nil, ticket.ReasonNewSuggested, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := thread.Decide(c.world.evidence(c.sender, c.recent, c.named))
			require.Equal(t, c.reason, d.Reason.Code)
			require.Len(t, d.Suggest, c.suggestions)
			if c.want == nil {
				require.Equal(t, thread.Begin, d.Outcome)
				return
			}
			require.Equal(t, thread.Attach, d.Outcome)
			require.Equal(t, c.want.ID, d.Ticket)
			require.Equal(t, "true", d.Reason.Params[ticket.ParamUnverified], "a telephone number proves nobody")
		})
	}
}

// What a telephone number wrote on, or was written to on, is found for seven days.
// A number that somebody typed into a form proves nothing, and the form says so.
func TestATypedNumberJoinsNothing(t *testing.T) {
	t.Parallel()
	w := newTexts()
	e := w.evidence(phone, []thread.Candidate{w.begun}, []thread.Candidate{w.begun})
	e.Judged = true
	d := thread.Decide(e)
	require.Equal(t, thread.Begin, d.Outcome)
	require.Equal(t, ticket.ReasonNewSuggested, d.Reason.Code)
}

func TestATelephoneNumberLeadsToItsTickets(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	move := func(wrote, addressed any) {
		_, err := w.DB.Exec(t.Context(),
			`UPDATE ticket_party SET kind = $1, value = $2, wrote_at = $3, addressed_at = $4 WHERE ticket_id = $5 AND role = 'requester'`,
			phone.Kind, phone.Value, wrote, addressed, made.ID)
		require.NoError(t, err)
	}
	now := w.gather(thread.Clues{Sender: phone}).Now
	for name, c := range map[string]struct {
		wrote, addressed any
		found            bool
	}{
		"wrote":            {now.Add(-6 * 24 * time.Hour), nil, true},
		"was written to":   {now.Add(-60 * 24 * time.Hour), now.Add(-time.Hour), true},
		"wrote long ago":   {now.Add(-8 * 24 * time.Hour), nil, false},
		"wrote, then mail": {now.Add(-time.Hour), now.Add(-8 * 24 * time.Hour), true},
	} {
		move(c.wrote, c.addressed)
		d := thread.Decide(w.gather(thread.Clues{Sender: phone}))
		if c.found {
			require.Equal(t, ticket.ReasonPhone, d.Reason.Code, name)
			require.Equal(t, made.ID, d.Ticket, name)
		} else {
			require.Equal(t, ticket.ReasonNew, d.Reason.Code, name)
		}
	}
	require.Equal(t, ticket.ReasonNew, thread.Decide(w.gather(thread.Clues{Sender: otherPhone})).Reason.Code)
}
