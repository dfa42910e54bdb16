package ticket_test

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
	"sportello.dev/hub/internal/ticket"
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
		FROM generate_series(1, $1::bigint) AS g`, n, w.Office, w.Other, w.Lucia.Operator, noon)
	w.Exec(`UPDATE ticket SET merged_into = (SELECT id FROM ticket WHERE number LIKE '2025-000001-%')
		WHERE number LIKE '2025-00_%57-_' AND number NOT LIKE '2025-000001-%'`)
	w.Exec(`ANALYZE`)
}

// pages reads a whole list, page by page.
func (w *town) pages(scope account.Scope, f ticket.Filter) (all []ticket.Summary, pages int) {
	w.T.Helper()
	for {
		page, err := w.Store.List(w.T.Context(), w.DB, scope, f)
		require.NoError(w.T, err)
		all = append(all, page.Items...)
		pages++
		if page.Next == "" {
			return all, pages
		}
		f.Cursor = page.Next
	}
}

func (w *town) filters() map[string]ticket.Filter {
	mine := ticket.Filter{Operator: w.Lucia.Operator, Offices: []id.Office{w.Office}}
	filters := map[string]ticket.Filter{}
	for _, queue := range []ticket.Queue{
		ticket.QueueMine, ticket.QueueOffice, ticket.QueueUnassigned, ticket.QueueWaiting, ticket.QueueAll, ticket.QueueClosed,
	} {
		for _, order := range []ticket.Order{"", ticket.OrderWaiting, ticket.OrderNewest} {
			f := mine
			f.Queue, f.Order = queue, order
			filters[fmt.Sprintf("%s %s", queue, order)] = f
		}
	}
	both := mine
	both.Queue, both.Offices = ticket.QueueOffice, []id.Office{w.Office, w.Other}
	filters["both offices"] = both
	filters["one status"] = ticket.Filter{Queue: ticket.QueueAll, Status: []ticket.Status{ticket.StatusOpen}}
	filters["some statuses"] = ticket.Filter{Queue: ticket.QueueAll, Status: []ticket.Status{ticket.StatusOpen, ticket.StatusClosed}}
	filters["unassigned of an office"] = ticket.Filter{Queue: ticket.QueueUnassigned, Office: w.Other}
	return filters
}

func TestPagingEqualsSorting(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.seed(700)
	everything, _ := w.pages(w.All, ticket.Filter{Queue: ticket.QueueAll})
	require.Greater(t, len(everything), 600)
	for name, f := range w.filters() {
		for _, scope := range []account.Scope{w.All, account.OfficeScope(w.Office), account.OfficeScope(w.Office, w.Other), {}} {
			var want []ticket.Number
			for _, s := range sorted(everything, f) {
				if scope.Covers(s.Office) && expected(&s, f) {
					want = append(want, s.Number)
				}
			}
			f.Limit = 1 + rand.IntN(ticket.MaxPage)
			got, _ := w.pages(scope, f)
			require.Equal(t, want, numbersOf(got), "%s, scope %v, pages of %d", name, scope, f.Limit)
		}
	}
}

func numbersOf(list []ticket.Summary) (numbers []ticket.Number) {
	for _, s := range list {
		numbers = append(numbers, s.Number)
	}
	return numbers
}

// sorted is the order of a list, computed the plain way.
func sorted(all []ticket.Summary, f ticket.Filter) []ticket.Summary {
	newest := f.Order == ticket.OrderNewest || f.Queue == ticket.QueueClosed || f.Order == "" && f.Queue == ticket.QueueAll
	list := slices.Clone(all)
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	slices.SortFunc(list, func(a, b ticket.Summary) int {
		byID := strings.Compare(a.ID.String(), b.ID.String())
		if newest {
			if c := b.LastMessageAt.Compare(a.LastMessageAt); c != 0 {
				return c
			}
			return -byID
		}
		since := func(s ticket.Summary) time.Time {
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
func expected(s *ticket.Summary, f ticket.Filter) bool {
	open := s.Status.Open()
	if len(f.Status) > 0 {
		open = slices.Contains(f.Status, s.Status)
	}
	if !f.Office.IsZero() && s.Office != f.Office {
		return false
	}
	switch f.Queue {
	case ticket.QueueMine:
		return open && s.Assignee == f.Operator
	case ticket.QueueOffice:
		return open && slices.Contains(f.Offices, s.Office)
	case ticket.QueueUnassigned:
		return open && s.Assignee.IsZero()
	case ticket.QueueWaiting:
		return open && s.WaitingSince != nil
	case ticket.QueueClosed:
		return !s.Status.Open()
	}
	return len(f.Status) == 0 || open
}

func TestCursorsBelongToTheirList(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.seed(200)
	page, err := w.Store.List(t.Context(), w.DB, w.All, ticket.Filter{Queue: ticket.QueueAll, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Items, 10)
	for _, f := range []ticket.Filter{
		{Queue: ticket.QueueAll, Order: ticket.OrderWaiting}, {Queue: ticket.QueueUnassigned},
		{Queue: ticket.QueueAll, Office: w.Office},
	} {
		f.Cursor = page.Next
		_, err := w.Store.List(t.Context(), w.DB, w.All, f)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
	rapid.Check(t, func(r *rapid.T) {
		f := ticket.Filter{Queue: ticket.QueueAll, Cursor: rapid.StringN(1, 40, 600).Draw(r, "cursor")}
		_, err := w.Store.List(t.Context(), w.DB, w.All, f)
		require.Equal(r, fault.CodeInvalid, fault.Kind(err))
	})
}

func TestUnknownFiltersAreInvalid(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, f := range []ticket.Filter{
		{Queue: "theirs"}, {Order: "random"}, {Status: []ticket.Status{"lost"}}, {Number: "%"}, {Number: "2026' OR true --"},
	} {
		_, err := w.Store.List(t.Context(), w.DB, w.All, f)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), "%+v", f)
	}
}

func TestListsFindNumbers(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	for _, q := range []string{"2026-0000", "2026", "1", "000001", string(made.Number)} {
		page, err := w.Store.List(t.Context(), w.DB, w.All, ticket.Filter{Queue: ticket.QueueAll, Number: q})
		require.NoError(t, err)
		require.Equal(t, []ticket.Number{made.Number}, numbersOf(page.Items), q)
	}
	for _, q := range []string{"2025", "2", "2026-0001"} {
		page, err := w.Store.List(t.Context(), w.DB, w.All, ticket.Filter{Queue: ticket.QueueAll, Number: q})
		require.NoError(t, err)
		require.Empty(t, page.Items, q)
	}
}

func TestListsShowTheNumbersAskedFor(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	one, two, other := w.Open("uno"), w.Open("due"), w.Open("tre")
	asked := ticket.Filter{Queue: ticket.QueueAll, Order: ticket.OrderNewest, Numbers: []ticket.Number{one.Number, two.Number, "2026-999999-9"}}
	page, err := w.Store.List(t.Context(), w.DB, w.All, asked)
	require.NoError(t, err)
	require.ElementsMatch(t, []ticket.Number{one.Number, two.Number}, numbersOf(page.Items))
	page, err = w.Store.List(t.Context(), w.DB, account.OfficeScope(w.Other), asked)
	require.NoError(t, err)
	require.Empty(t, page.Items, "another office's, by their numbers")
	w.Exec(`UPDATE ticket SET merged_into = $2 WHERE id = $1`, one.ID, other.ID)
	page, err = w.Store.List(t.Context(), w.DB, w.All, asked)
	require.NoError(t, err)
	require.Equal(t, []ticket.Number{two.Number}, numbersOf(page.Items), "a joined one has no row of its own")
}

func TestSummariesSayWhoAndWhy(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	list := func(f ticket.Filter) []ticket.Summary {
		page, err := w.Store.List(t.Context(), w.DB, w.All, f)
		require.NoError(t, err)
		return page.Items
	}
	s := list(ticket.Filter{Queue: ticket.QueueAll})[0]
	require.Equal(t, "URP", s.OfficeName)
	require.Equal(t, "Ada Rossi", s.RequesterName, "failing a contact, the name on the letter")
	require.False(t, s.DeliveryFailed || s.DeliveryUncertain || s.Suggested)
	require.Empty(t, list(ticket.Filter{Queue: ticket.QueueAttention}))

	one, two := id.New[id.Contact](), id.New[id.Contact]()
	w.Exec(`INSERT INTO contact (id, name) VALUES ($1, 'Ada'), ($2, 'Ada Maria Rossi')`, one, two)
	w.Exec(`UPDATE contact SET merged_into = $2 WHERE id = $1`, one, two)
	w.Exec(`UPDATE ticket SET contact_id = $2, assignee_id = $3 WHERE id = $1`, made.ID, one, w.Lucia.Operator)
	s = list(ticket.Filter{Queue: ticket.QueueMine, Operator: w.Lucia.Operator})[0]
	require.Equal(t, two, s.Requester)
	require.Equal(t, "Ada Maria Rossi", s.RequesterName)
	require.Equal(t, "Lucia", s.AssigneeName)
	require.Len(t, list(ticket.Filter{Queue: ticket.QueueAll, Contact: two}), 1, "what a joined contact wrote is the contact's")
	require.Empty(t, list(ticket.Filter{Queue: ticket.QueueAll, Contact: id.New[id.Contact]()}))

	failed := w.trouble(made.ID, "failed")
	s = list(ticket.Filter{Queue: ticket.QueueAttention})[0]
	require.True(t, s.DeliveryFailed)
	require.False(t, s.DeliveryUncertain)
	w.Exec(`UPDATE delivery SET decided_at = now() WHERE id = $1`, failed)
	require.Empty(t, list(ticket.Filter{Queue: ticket.QueueAttention}))

	other := w.Open("due")
	w.trouble(other.ID, "uncertain")
	w.Exec(`UPDATE ticket SET merged_into = $1 WHERE id = $2`, made.ID, other.ID)
	s = list(ticket.Filter{Queue: ticket.QueueAttention})[0]
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
	all, err := w.Store.Counts(t.Context(), w.DB, w.All, w.Lucia.Operator, offices)
	require.NoError(t, err)
	require.Equal(t, ticket.MaxCount, all.All, "counting stops")
	require.Equal(t, 0, all.Attention)
	scope := account.OfficeScope(w.Other)
	mine, _ := w.pages(scope, ticket.Filter{Queue: ticket.QueueMine, Operator: w.Lucia.Operator})
	got, err := w.Store.Counts(t.Context(), w.DB, scope, w.Lucia.Operator, offices)
	require.NoError(t, err)
	require.Len(t, mine, got.Mine)
	require.NotZero(t, got.Mine)
	require.Zero(t, got.Office, "the operator's office is out of scope")
	none, err := w.Store.Counts(t.Context(), w.DB, account.Scope{}, w.Lucia.Operator, offices)
	require.NoError(t, err)
	require.Equal(t, ticket.Counts{}, none)
}
