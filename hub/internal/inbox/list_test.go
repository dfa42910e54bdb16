package inbox_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/keyset"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

// seed makes n tickets in every state, two of three over, one of four of the others with nobody waiting, a few joined
// to others.
func (w *town) seed(n int) {
	w.T.Helper()
	w.Exec(`
		INSERT INTO ticket (id, number, subject, status, office_id, assignee_id, waiting_since, last_message_at, created_at)
		SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, '2025-' || lpad(g::text, 6, '0') || '-0',
		       'Pratica ' || g,
		       CASE WHEN g % 3 > 0 THEN (ARRAY['resolved', 'closed'])[(1 + g % 2)::int]
		            ELSE (ARRAY['new', 'open', 'waiting_citizen', 'waiting_third', 'suspended'])[(1 + g / 3 % 5)::int] END,
		       CASE WHEN g % 2 = 0 THEN $2::uuid ELSE $3::uuid END,
		       CASE WHEN g % 10 < 3 THEN $4::uuid END,
		       -- whole minutes: several wait since the same instant
		       CASE WHEN g % 3 = 0 AND g % 4 > 0 THEN $5::timestamptz - (g * 7919 % 5000) * interval '1 minute' END,
		       $5::timestamptz - (g * 104729 % 3000) * interval '1 hour', $5::timestamptz - g * interval '1 minute'
		FROM generate_series(1, $1::bigint) AS g`, n, w.Office, w.Other, w.Lucia.Operator, tickettest.Noon)
	w.Exec(`UPDATE ticket SET merged_into = (SELECT id FROM ticket WHERE number LIKE '2025-000001-%')
		WHERE number LIKE '2025-00_%57-_' AND number NOT LIKE '2025-000001-%'`)
	w.Exec(`ANALYZE`)
}

func (w *town) filters() map[string]inbox.Filter {
	mine := inbox.Filter{Operator: w.Lucia.Operator, Offices: []id.Office{w.Office}}
	filters := map[string]inbox.Filter{}
	for _, queue := range []inbox.Queue{
		inbox.QueueMine, inbox.QueueOffice, inbox.QueueUnassigned, inbox.QueueWaiting, inbox.QueueAll, inbox.QueueClosed,
	} {
		for _, order := range []inbox.Order{"", inbox.OrderWaiting, inbox.OrderNewest} {
			f := mine
			f.Queue, f.Order = queue, order
			filters[fmt.Sprintf("%s %s", queue, order)] = f
		}
	}
	both := mine
	both.Queue, both.Offices = inbox.QueueOffice, []id.Office{w.Office, w.Other}
	filters["both offices"] = both
	filters["one status"] = inbox.Filter{Queue: inbox.QueueAll, Status: []ticket.Status{ticket.StatusOpen}}
	filters["some statuses"] = inbox.Filter{Queue: inbox.QueueAll, Status: []ticket.Status{ticket.StatusOpen, ticket.StatusClosed}}
	filters["unassigned of an office"] = inbox.Filter{Queue: inbox.QueueUnassigned, Office: w.Other}
	return filters
}

func TestPagingEqualsSorting(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.seed(700)
	everything, _ := w.Pages(w.All, inbox.Filter{Queue: inbox.QueueAll})
	require.Greater(t, len(everything), 600)
	for name, f := range w.filters() {
		for _, scope := range []account.Scope{w.All, account.OfficeScope(w.Office), account.OfficeScope(w.Office, w.Other), {}} {
			var want []ticket.Number
			for _, s := range sorted(everything, f) {
				if scope.Covers(s.Office) && expected(&s, f) {
					want = append(want, s.Number)
				}
			}
			f.Limit = 1 + rand.IntN(keyset.MaxPage)
			got, _ := w.Pages(scope, f)
			require.Equal(t, want, tickettest.NumbersOf(got), "%s, scope %v, pages of %d", name, scope, f.Limit)
		}
	}
}

// sorted is the order of a list, computed the plain way.
func sorted(all []inbox.Summary, f inbox.Filter) []inbox.Summary {
	newest := f.Order == inbox.OrderNewest || f.Queue == inbox.QueueClosed || f.Order == "" && f.Queue == inbox.QueueAll
	list := slices.Clone(all)
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	slices.SortFunc(list, func(a, b inbox.Summary) int {
		byID := strings.Compare(a.ID.String(), b.ID.String())
		if newest {
			if c := b.LastMessageAt.Compare(a.LastMessageAt); c != 0 {
				return c
			}
			return -byID
		}
		since := func(s inbox.Summary) time.Time {
			if s.WaitingSince == nil {
				return never
			}
			return *s.WaitingSince
		}
		if c := since(a).Compare(since(b)); c != 0 {
			return c
		}
		return byID
	})
	return list
}

// expected tells whether a list holds a ticket, computed the plain way.
func expected(s *inbox.Summary, f inbox.Filter) bool {
	open := s.Status.Open()
	if len(f.Status) > 0 {
		open = slices.Contains(f.Status, s.Status)
	}
	if !f.Office.IsZero() && s.Office != f.Office {
		return false
	}
	switch f.Queue {
	case inbox.QueueMine:
		return open && s.Assignee == f.Operator
	case inbox.QueueOffice:
		return open && slices.Contains(f.Offices, s.Office)
	case inbox.QueueUnassigned:
		return open && s.Assignee.IsZero()
	case inbox.QueueWaiting:
		return open && s.WaitingSince != nil
	case inbox.QueueClosed:
		return !s.Status.Open()
	}
	return len(f.Status) == 0 || open
}

func TestCursorsBelongToTheirList(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.seed(200)
	page, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueAll, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Items, 10)
	for _, f := range []inbox.Filter{
		{Queue: inbox.QueueAll, Order: inbox.OrderWaiting}, {Queue: inbox.QueueUnassigned},
		{Queue: inbox.QueueAll, Office: w.Office},
	} {
		f.Cursor = page.Next
		_, err := w.Inbox.List(t.Context(), w.DB, w.All, f)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
	rapid.Check(t, func(r *rapid.T) {
		f := inbox.Filter{Queue: inbox.QueueAll, Cursor: rapid.StringN(1, 40, 600).Draw(r, "cursor")}
		_, err := w.Inbox.List(t.Context(), w.DB, w.All, f)
		require.Equal(r, fault.CodeInvalid, fault.Kind(err))
	})
}

func TestUnknownFiltersAreInvalid(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, f := range []inbox.Filter{
		{Queue: "theirs"}, {Order: "random"}, {Status: []ticket.Status{"lost"}}, {Number: "%"}, {Number: "2026' OR true --"},
	} {
		_, err := w.Inbox.List(t.Context(), w.DB, w.All, f)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), "%+v", f)
	}
}

func TestListsFindNumbers(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	for _, q := range []string{"2026-0000", "2026", "1", "000001", string(made.Number)} {
		page, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueAll, Number: q})
		require.NoError(t, err)
		require.Equal(t, []ticket.Number{made.Number}, tickettest.NumbersOf(page.Items), q)
	}
	for _, q := range []string{"2025", "2", "2026-0001"} {
		page, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueAll, Number: q})
		require.NoError(t, err)
		require.Empty(t, page.Items, q)
	}
}

func TestListsShowTheNumbersAskedFor(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	one, two, other := w.Open("uno"), w.Open("due"), w.Open("tre")
	asked := inbox.Filter{Queue: inbox.QueueAll, Order: inbox.OrderNewest, Numbers: []ticket.Number{one.Number, two.Number, "2026-999999-9"}}
	page, err := w.Inbox.List(t.Context(), w.DB, w.All, asked)
	require.NoError(t, err)
	require.ElementsMatch(t, []ticket.Number{one.Number, two.Number}, tickettest.NumbersOf(page.Items))
	page, err = w.Inbox.List(t.Context(), w.DB, account.OfficeScope(w.Other), asked)
	require.NoError(t, err)
	require.Empty(t, page.Items, "another office's, by their numbers")
	w.Exec(`UPDATE ticket SET merged_into = $2 WHERE id = $1`, one.ID, other.ID)
	page, err = w.Inbox.List(t.Context(), w.DB, w.All, asked)
	require.NoError(t, err)
	require.Equal(t, []ticket.Number{two.Number}, tickettest.NumbersOf(page.Items), "a joined one has no row of its own")
}

func TestSummariesSayWhoAndWhy(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	list := func(f inbox.Filter) []inbox.Summary {
		page, err := w.Inbox.List(t.Context(), w.DB, w.All, f)
		require.NoError(t, err)
		return page.Items
	}
	s := list(inbox.Filter{Queue: inbox.QueueAll})[0]
	require.Equal(t, "URP", s.OfficeName)
	require.Equal(t, "Ada Rossi", s.RequesterName, "failing a contact, the name on the letter")
	require.False(t, s.DeliveryFailed || s.DeliveryUncertain || s.Suggested)
	require.Empty(t, list(inbox.Filter{Queue: inbox.QueueAttention}))

	one, two := id.New[id.Contact](), id.New[id.Contact]()
	w.Exec(`INSERT INTO contact (id, name) VALUES ($1, 'Ada'), ($2, 'Ada Maria Rossi')`, one, two)
	w.Exec(`UPDATE contact SET merged_into = $2 WHERE id = $1`, one, two)
	w.Exec(`UPDATE ticket SET contact_id = $2, assignee_id = $3 WHERE id = $1`, made.ID, one, w.Lucia.Operator)
	s = list(inbox.Filter{Queue: inbox.QueueMine, Operator: w.Lucia.Operator})[0]
	require.Equal(t, two, s.Requester)
	require.Equal(t, "Ada Maria Rossi", s.RequesterName)
	require.Equal(t, "Lucia", s.AssigneeName)
	require.Len(t, list(inbox.Filter{Queue: inbox.QueueAll, Contact: two}), 1, "what a joined contact wrote is the contact's")
	require.Empty(t, list(inbox.Filter{Queue: inbox.QueueAll, Contact: id.New[id.Contact]()}))

	failed := w.trouble(made.ID, "failed")
	s = list(inbox.Filter{Queue: inbox.QueueAttention})[0]
	require.True(t, s.DeliveryFailed)
	require.False(t, s.DeliveryUncertain)
	w.Exec(`UPDATE delivery SET decided_at = now() WHERE id = $1`, failed)
	require.Empty(t, list(inbox.Filter{Queue: inbox.QueueAttention}))

	other := w.Open("due")
	w.trouble(other.ID, "uncertain")
	w.Exec(`UPDATE ticket SET merged_into = $1 WHERE id = $2`, made.ID, other.ID)
	s = list(inbox.Filter{Queue: inbox.QueueAttention})[0]
	require.Equal(t, made.ID, s.ID, "a joined ticket's delivery is the ticket's")
	require.True(t, s.DeliveryUncertain)
}

// trouble gives a ticket a delivery that somebody must decide on.
func (w *town) trouble(t id.Ticket, state string) id.Delivery {
	w.T.Helper()
	message := w.Reply(t, w.Answer("ecco"))
	transmission, delivery := id.New[id.Transmission](), id.New[id.Delivery]()
	w.Exec(`INSERT INTO transmission (id, message_id, channel_id) VALUES ($1, $2, $3)`, transmission, message, w.Channel)
	w.Exec(`INSERT INTO delivery (id, message_id, ticket_id, transmission_id, channel_id, address_kind, address_value, state, expires_at)
		VALUES ($1, $2, $3, $4, $5, 'email', 'ada@posta.example', $6, now())`, delivery, message, t, transmission, w.Channel, state)
	return delivery
}

func TestCounts(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.seed(6000)
	offices := []id.Office{w.Office}
	all, err := w.Inbox.Counts(t.Context(), w.DB, w.All, w.Lucia.Operator, offices)
	require.NoError(t, err)
	require.Equal(t, keyset.MaxCount, all.All, "counting stops")
	require.Equal(t, 0, all.Attention)
	scope := account.OfficeScope(w.Other)
	mine, _ := w.Pages(scope, inbox.Filter{Queue: inbox.QueueMine, Operator: w.Lucia.Operator})
	got, err := w.Inbox.Counts(t.Context(), w.DB, scope, w.Lucia.Operator, offices)
	require.NoError(t, err)
	require.Len(t, mine, got.Mine)
	require.NotZero(t, got.Mine)
	require.Zero(t, got.Office, "the operator's office is out of scope")
	none, err := w.Inbox.Counts(t.Context(), w.DB, account.Scope{}, w.Lucia.Operator, offices)
	require.NoError(t, err)
	require.Equal(t, inbox.Counts{}, none)
}
