package ticket_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/ticket"
)

// unscoped are the methods that need no scope: they write on a ticket that was read within one, show only what is the
// caller's own, or find for the hub's own filing what is shown to nobody.
var unscoped = []string{
	"AddCopies", "AddInbound", "AddNote", "AddOutbound", "AddUpload", "AskExpert", "Book", "BookCode", "CodeWait", "Confirm", "Create", "DeleteDraft",
	"DropPreference", "Enclose", "FindEarlier", "HoldTags", "IsOwn", "LookAtClocks", "MoveLeft", "NewFiling", "NextWorkingDay", "Numbers", "PruneUploads", "PutDraft", "Recorded", "RecountClocks", "RemindExpert", "ReplaceMerged", "ReplaceTag", "ResumeDue", "ReturnFrom", "ReturnUnseen", "RevokeSecret", "TakeUploads", "Uploads", "WakeDue",
}

func TestEveryQueryTakesAScope(t *testing.T) {
	t.Parallel()
	scope := reflect.TypeFor[account.Scope]()
	var without []string
	for _, store := range []reflect.Type{reflect.TypeFor[*ticket.Store](), reflect.TypeFor[*inbox.Store]()} {
		for m := range store.Methods() {
			scoped := false
			for in := range m.Type.Ins() {
				scoped = scoped || in == scope
			}
			if !scoped {
				without = append(without, m.Name)
			}
		}
	}
	slices.Sort(without)
	require.Equal(t, unscoped, without, "a method that shows tickets takes the scope of whoever asks")
}

func TestNothingIsSeenOutOfScope(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	message := w.Receive(made.ID, w.Letter("due"))
	w.suggest(made.ID, w.Open("tre").ID)
	ctx := t.Context()
	tx := func(do func(pgx.Tx) error) error { return w.Tx(do) }
	for _, scope := range []account.Scope{{}, account.OfficeScope(), account.OfficeScope(w.Other)} {
		reads := map[string]func() error{
			"Get":   func() error { _, err := w.Store.Get(ctx, w.DB, scope, string(made.Number)); return err },
			"ByID":  func() error { _, err := w.Store.ByID(ctx, w.DB, scope, made.ID); return err },
			"Exact": func() error { _, err := w.Store.Exact(ctx, w.DB, scope, made.ID); return err },
			"Lock": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.Store.Lock(ctx, tx, scope, made.ID); return err })
			},
			"LockNumber": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.Store.LockNumber(ctx, tx, scope, string(made.Number)); return err })
			},
			"Messages":          func() error { _, err := w.Store.Messages(ctx, w.DB, scope, made.ID, ticket.Span{}); return err },
			"Message":           func() error { _, err := w.Store.Message(ctx, w.DB, scope, message); return err },
			"Timeline":          func() error { _, err := w.Store.Timeline(ctx, w.DB, scope, made.ID, ticket.Span{}); return err },
			"Around":            func() error { _, err := w.Store.Around(ctx, w.DB, scope, made.ID); return err },
			"Parties":           func() error { _, err := w.Store.Parties(ctx, w.DB, scope, made.ID); return err },
			"Joined":            func() error { _, err := w.Store.Joined(ctx, w.DB, scope, made.ID); return err },
			"Suggestions":       func() error { _, err := w.Store.Suggestions(ctx, w.DB, scope, made.ID); return err },
			"DefaultRecipients": func() error { _, err := w.Store.DefaultRecipients(ctx, w.DB, scope, made.ID, id.Message{}); return err },
			"SeesContact":       func() error { return w.Store.SeesContact(ctx, w.DB, scope, id.New[id.Contact]()) },
			"Update": func() error {
				return tx(func(tx pgx.Tx) error {
					_, err := w.Store.Update(ctx, tx, scope, made.ID, w.Lucia, ticket.Change{Version: made.Version})
					return err
				})
			},
			"Join": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.Store.Join(ctx, tx, scope, w.Lucia, made.ID, made.ID); return err })
			},
			"Unjoin": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.Store.Unjoin(ctx, tx, scope, w.Lucia, made.ID); return err })
			},
			"Withdraw": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.Store.Withdraw(ctx, tx, scope, w.Lucia, message); return err })
			},
		}
		for name, read := range reads {
			require.Equal(t, fault.CodeNotFound, fault.Kind(read()), name)
		}
		newer, err := w.Store.HasNewer(ctx, w.DB, scope, made.ID, id.Message{})
		require.NoError(t, err)
		require.False(t, newer)
		each, err := w.Store.Each(ctx, w.DB, scope, []id.Message{message})
		require.NoError(t, err)
		require.Empty(t, each)
		standing, err := w.Store.Standing(ctx, w.DB, scope, []id.Ticket{made.ID})
		require.NoError(t, err)
		require.Empty(t, standing)
		page, err := w.Inbox.List(ctx, w.DB, scope, inbox.Filter{Queue: inbox.QueueAll})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	}
}

// A ticket joined to one of another office is seen where the conversation is held now, and nowhere else.
func TestScopeFollowsJoins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	source, target := w.Open("uno"), w.Open("due")
	w.Exec(`UPDATE ticket SET office_id = $1 WHERE id = $2`, w.Other, target.ID)
	_, err := w.join(source.ID, target.ID)
	require.NoError(t, err)
	_, err = w.Store.Messages(t.Context(), w.DB, account.OfficeScope(w.Office), source.ID, ticket.Span{})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	page, err := w.Store.Messages(t.Context(), w.DB, account.OfficeScope(w.Other), source.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
}

// Joined, two tickets are one conversation for an office that has a share of either; taken apart, each has its own
// again, also when the share ended or began in between.
func TestSharesFollowJoins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	ctx, seen := t.Context(), account.OfficeScope(w.Other)
	source, target := w.Open("uno"), w.Open("due")
	sees := func(want ...id.Ticket) {
		t.Helper()
		var got []id.Ticket
		list, _ := w.Pages(seen, inbox.Filter{Queue: inbox.QueueAll})
		for _, each := range list {
			got = append(got, each.ID)
		}
		require.ElementsMatch(t, want, got)
	}
	w.Exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, source.ID, w.Other)
	_, err := w.join(source.ID, target.ID)
	require.NoError(t, err)
	sees(target.ID)
	page, err := w.Store.Messages(ctx, w.DB, seen, source.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	w.Must(func(tx pgx.Tx) error { _, err := w.Store.Lock(ctx, tx, seen, target.ID); return err })

	w.Must(func(tx pgx.Tx) error { _, err := w.Store.Unjoin(ctx, tx, w.All, w.Lucia, source.ID); return err })
	sees(source.ID)
	_, err = w.Store.ByID(ctx, w.DB, seen, target.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))

	_, err = w.join(source.ID, target.ID)
	require.NoError(t, err)
	w.Exec(`UPDATE ticket_share SET ended_at = now()`)
	sees()
	w.Must(func(tx pgx.Tx) error { _, err := w.Store.Unjoin(ctx, tx, w.All, w.Lucia, source.ID); return err })
	sees()
}

// What a share does not allow says so to who has one, and to others that there is no such thing.
func TestActingTakesMoreThanAShare(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	shared, kept := w.Open("uno"), w.Open("due")
	spoken, unheard := w.Receive(shared.ID, w.Letter("tre")), w.Receive(kept.ID, w.Letter("quattro"))
	w.Exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, shared.ID, w.Other)
	ctx, acting := t.Context(), account.OfficeScope(w.Other).Holding()
	for name, do := range map[string]func(*ticket.Ticket, id.Message) error{
		"Get": func(a *ticket.Ticket, _ id.Message) error {
			_, err := w.Store.Get(ctx, w.DB, acting, string(a.Number))
			return err
		},
		"Message": func(_ *ticket.Ticket, m id.Message) error {
			_, err := w.Store.Message(ctx, w.DB, acting, m)
			return err
		},
		"Lock": func(a *ticket.Ticket, _ id.Message) error {
			return w.Tx(func(tx pgx.Tx) error { _, err := w.Store.Lock(ctx, tx, acting, a.ID); return err })
		},
		"Split": func(_ *ticket.Ticket, m id.Message) error {
			return w.Tx(func(tx pgx.Tx) error { _, err := w.Store.Split(ctx, tx, acting, w.Lucia, m); return err })
		},
	} {
		require.ErrorIs(t, do(shared, spoken), account.ErrShared, name)
		require.Equal(t, fault.CodeNotFound, fault.Kind(do(kept, unheard)), name)
	}
}

// What an office has a live share of is read, listed, found and counted like its own, and no longer when the share ends.
func TestIsolationFollowsShares(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	shared, kept := w.Open("uno"), w.Open("due")
	spoken, unheard := w.Receive(shared.ID, w.Letter("tre")), w.Receive(kept.ID, w.Letter("quattro"))
	ctx := t.Context()
	w.Exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, shared.ID, w.Other)
	for name, scope := range map[string]account.Scope{
		"a member of the office": account.OfficeScope(w.Other), "first level, in a confidential office's way": account.TownScope([]id.Office{w.Office}, w.Other),
	} {
		_, err := w.Store.ByID(ctx, w.DB, scope, shared.ID)
		require.NoError(t, err, name)
		w.Must(func(tx pgx.Tx) error { _, err := w.Store.Lock(ctx, tx, scope, shared.ID); return err })
		_, err = w.Store.ByID(ctx, w.DB, scope, kept.ID)
		require.Equal(t, fault.CodeNotFound, fault.Kind(err), name)
		for _, f := range []inbox.Filter{
			{Queue: inbox.QueueAll}, {Words: subject}, {Office: w.Office},
			{Number: string(shared.Number)}, {Numbers: []ticket.Number{shared.Number, kept.Number}}, {Order: inbox.OrderWaiting},
		} {
			list, _ := w.Pages(scope, f)
			require.Len(t, list, 1, "%s: %+v", name, f)
			require.Equal(t, shared.ID, list[0].ID)
		}
		for _, queue := range []inbox.Queue{inbox.QueueWaiting, inbox.QueueUnassigned, inbox.QueueAttention} {
			list, _ := w.Pages(scope, inbox.Filter{Queue: queue})
			require.Empty(t, list, "%s: %s is work of those who hold a ticket", name, queue)
		}
		standing, err := w.Store.Standing(ctx, w.DB, scope, []id.Ticket{shared.ID, kept.ID})
		require.NoError(t, err)
		require.Len(t, standing, 1)
		require.Equal(t, shared.Number, standing[shared.ID].Number)
		each, err := w.Store.Each(ctx, w.DB, scope, []id.Message{spoken, unheard})
		require.NoError(t, err)
		require.Len(t, each, 1)
		require.Equal(t, shared.ID, each[spoken].Ticket)
		counts, err := w.Inbox.Counts(ctx, w.DB, scope, w.Lucia.Operator, []id.Office{w.Other})
		require.NoError(t, err)
		require.Equal(t, inbox.Counts{All: 1}, counts, name)
	}
	for name, scope := range map[string]account.Scope{
		"of no office": account.TownScope([]id.Office{w.Office}), "of a third office": account.OfficeScope(id.New[id.Office]()),
	} {
		list, _ := w.Pages(scope, inbox.Filter{Queue: inbox.QueueAll})
		require.Empty(t, list, "whoever is %s hears nothing of a share", name)
	}
	w.Exec(`UPDATE ticket_share SET ended_at = now()`)
	list, _ := w.Pages(account.OfficeScope(w.Other), inbox.Filter{Queue: inbox.QueueAll})
	require.Empty(t, list)
	_, err := w.Store.ByID(ctx, w.DB, account.OfficeScope(w.Other), shared.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}
