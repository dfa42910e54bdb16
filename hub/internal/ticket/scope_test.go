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
	"sportello.dev/hub/internal/ticket"
)

// unscoped are the methods that need no scope: they write on a ticket that was read within one, show only what is the
// caller's own, or find for the hub's own filing what is shown to nobody.
var unscoped = []string{
	"AddCopies", "AddInbound", "AddNote", "AddOutbound", "AddUpload", "AskExpert", "Book", "BookCode", "CodeWait", "Confirm", "Create", "DeleteDraft",
	"DropPreference", "FindEarlier", "IsOwn", "LookAtClocks", "MoveLeft", "NewFiling", "NextWorkingDay", "Numbers", "PruneUploads", "PutDraft", "Recorded", "RecountClocks", "RemindExpert", "ReplaceTag", "ResumeDue", "ReturnFrom", "ReturnUnseen", "RevokeSecret", "TakeUploads", "Uploads", "WakeDue",
}

func TestEveryQueryTakesAScope(t *testing.T) {
	t.Parallel()
	store, scope := reflect.TypeFor[*ticket.Store](), reflect.TypeFor[account.Scope]()
	var without []string
	for m := range store.Methods() {
		scoped := false
		for in := range m.Type.Ins() {
			scoped = scoped || in == scope
		}
		if !scoped {
			without = append(without, m.Name)
		}
	}
	slices.Sort(without)
	require.Equal(t, unscoped, without, "a method that shows tickets takes the scope of whoever asks")
}

func TestNothingIsSeenOutOfScope(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	message := w.receive(made.ID, w.letter("due"))
	w.suggest(made.ID, w.open("tre").ID)
	ctx := t.Context()
	tx := func(do func(pgx.Tx) error) error { return w.tx(do) }
	for _, scope := range []account.Scope{{}, account.OfficeScope(), account.OfficeScope(w.other)} {
		reads := map[string]func() error{
			"Get":   func() error { _, err := w.store.Get(ctx, w.db, scope, string(made.Number)); return err },
			"ByID":  func() error { _, err := w.store.ByID(ctx, w.db, scope, made.ID); return err },
			"Exact": func() error { _, err := w.store.Exact(ctx, w.db, scope, made.ID); return err },
			"Lock": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.store.Lock(ctx, tx, scope, made.ID); return err })
			},
			"LockNumber": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.store.LockNumber(ctx, tx, scope, string(made.Number)); return err })
			},
			"Messages":          func() error { _, err := w.store.Messages(ctx, w.db, scope, made.ID, ticket.Span{}); return err },
			"Message":           func() error { _, err := w.store.Message(ctx, w.db, scope, message); return err },
			"Timeline":          func() error { _, err := w.store.Timeline(ctx, w.db, scope, made.ID, ticket.Span{}); return err },
			"Parties":           func() error { _, err := w.store.Parties(ctx, w.db, scope, made.ID); return err },
			"Joined":            func() error { _, err := w.store.Joined(ctx, w.db, scope, made.ID); return err },
			"Suggestions":       func() error { _, err := w.store.Suggestions(ctx, w.db, scope, made.ID); return err },
			"DefaultRecipients": func() error { _, err := w.store.DefaultRecipients(ctx, w.db, scope, made.ID, id.Message{}); return err },
			"SeesContact":       func() error { return w.store.SeesContact(ctx, w.db, scope, id.New[id.Contact]()) },
			"Update": func() error {
				return tx(func(tx pgx.Tx) error {
					_, err := w.store.Update(ctx, tx, scope, made.ID, w.lucia, ticket.Change{Version: made.Version})
					return err
				})
			},
			"Join": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.store.Join(ctx, tx, scope, w.lucia, made.ID, made.ID); return err })
			},
			"Unjoin": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.store.Unjoin(ctx, tx, scope, w.lucia, made.ID); return err })
			},
			"Withdraw": func() error {
				return tx(func(tx pgx.Tx) error { _, err := w.store.Withdraw(ctx, tx, scope, w.lucia, message); return err })
			},
		}
		for name, read := range reads {
			require.Equal(t, fault.CodeNotFound, fault.Kind(read()), name)
		}
		newer, err := w.store.HasNewer(ctx, w.db, scope, made.ID, id.Message{})
		require.NoError(t, err)
		require.False(t, newer)
		each, err := w.store.Each(ctx, w.db, scope, []id.Message{message})
		require.NoError(t, err)
		require.Empty(t, each)
		standing, err := w.store.Standing(ctx, w.db, scope, []id.Ticket{made.ID})
		require.NoError(t, err)
		require.Empty(t, standing)
		page, err := w.store.List(ctx, w.db, scope, ticket.Filter{Queue: ticket.QueueAll})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	}
}

// A ticket joined to one of another office is seen where the conversation is held now, and nowhere else.
func TestScopeFollowsJoins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	source, target := w.open("uno"), w.open("due")
	w.exec(`UPDATE ticket SET office_id = $1 WHERE id = $2`, w.other, target.ID)
	_, err := w.join(source.ID, target.ID)
	require.NoError(t, err)
	_, err = w.store.Messages(t.Context(), w.db, account.OfficeScope(w.office), source.ID, ticket.Span{})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	page, err := w.store.Messages(t.Context(), w.db, account.OfficeScope(w.other), source.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
}

// Joined, two tickets are one conversation for an office that has a share of either; taken apart, each has its own
// again, also when the share ended or began in between.
func TestSharesFollowJoins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	ctx, seen := t.Context(), account.OfficeScope(w.other)
	source, target := w.open("uno"), w.open("due")
	sees := func(want ...id.Ticket) {
		t.Helper()
		var got []id.Ticket
		list, _ := w.pages(seen, ticket.Filter{Queue: ticket.QueueAll})
		for _, each := range list {
			got = append(got, each.ID)
		}
		require.ElementsMatch(t, want, got)
	}
	w.exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, source.ID, w.other)
	_, err := w.join(source.ID, target.ID)
	require.NoError(t, err)
	sees(target.ID)
	page, err := w.store.Messages(ctx, w.db, seen, source.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	w.must(func(tx pgx.Tx) error { _, err := w.store.Lock(ctx, tx, seen, target.ID); return err })

	w.must(func(tx pgx.Tx) error { _, err := w.store.Unjoin(ctx, tx, w.all, w.lucia, source.ID); return err })
	sees(source.ID)
	_, err = w.store.ByID(ctx, w.db, seen, target.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))

	_, err = w.join(source.ID, target.ID)
	require.NoError(t, err)
	w.exec(`UPDATE ticket_share SET ended_at = now()`)
	sees()
	w.must(func(tx pgx.Tx) error { _, err := w.store.Unjoin(ctx, tx, w.all, w.lucia, source.ID); return err })
	sees()
}

// What a share does not allow says so to who has one, and to others that there is no such thing.
func TestActingTakesMoreThanAShare(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	shared, kept := w.open("uno"), w.open("due")
	spoken, unheard := w.receive(shared.ID, w.letter("tre")), w.receive(kept.ID, w.letter("quattro"))
	w.exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, shared.ID, w.other)
	ctx, acting := t.Context(), account.OfficeScope(w.other).Holding()
	for name, do := range map[string]func(*ticket.Ticket, id.Message) error{
		"Get": func(a *ticket.Ticket, _ id.Message) error {
			_, err := w.store.Get(ctx, w.db, acting, string(a.Number))
			return err
		},
		"Message": func(_ *ticket.Ticket, m id.Message) error {
			_, err := w.store.Message(ctx, w.db, acting, m)
			return err
		},
		"Lock": func(a *ticket.Ticket, _ id.Message) error {
			return w.tx(func(tx pgx.Tx) error { _, err := w.store.Lock(ctx, tx, acting, a.ID); return err })
		},
		"Split": func(_ *ticket.Ticket, m id.Message) error {
			return w.tx(func(tx pgx.Tx) error { _, err := w.store.Split(ctx, tx, acting, w.lucia, m); return err })
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
	shared, kept := w.open("uno"), w.open("due")
	spoken, unheard := w.receive(shared.ID, w.letter("tre")), w.receive(kept.ID, w.letter("quattro"))
	ctx := t.Context()
	w.exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, shared.ID, w.other)
	for name, scope := range map[string]account.Scope{
		"a member of the office": account.OfficeScope(w.other), "first level, in a confidential office's way": account.TownScope([]id.Office{w.office}, w.other),
	} {
		_, err := w.store.ByID(ctx, w.db, scope, shared.ID)
		require.NoError(t, err, name)
		w.must(func(tx pgx.Tx) error { _, err := w.store.Lock(ctx, tx, scope, shared.ID); return err })
		_, err = w.store.ByID(ctx, w.db, scope, kept.ID)
		require.Equal(t, fault.CodeNotFound, fault.Kind(err), name)
		for _, f := range []ticket.Filter{
			{Queue: ticket.QueueAll}, {Words: subject}, {Office: w.office},
			{Number: string(shared.Number)}, {Numbers: []ticket.Number{shared.Number, kept.Number}}, {Order: ticket.OrderWaiting},
		} {
			list, _ := w.pages(scope, f)
			require.Len(t, list, 1, "%s: %+v", name, f)
			require.Equal(t, shared.ID, list[0].ID)
		}
		for _, queue := range []ticket.Queue{ticket.QueueWaiting, ticket.QueueUnassigned, ticket.QueueAttention} {
			list, _ := w.pages(scope, ticket.Filter{Queue: queue})
			require.Empty(t, list, "%s: %s is work of those who hold a ticket", name, queue)
		}
		standing, err := w.store.Standing(ctx, w.db, scope, []id.Ticket{shared.ID, kept.ID})
		require.NoError(t, err)
		require.Len(t, standing, 1)
		require.Equal(t, shared.Number, standing[shared.ID].Number)
		each, err := w.store.Each(ctx, w.db, scope, []id.Message{spoken, unheard})
		require.NoError(t, err)
		require.Len(t, each, 1)
		require.Equal(t, shared.ID, each[spoken].Ticket)
		counts, err := w.store.Counts(ctx, w.db, scope, w.lucia.Operator, []id.Office{w.other})
		require.NoError(t, err)
		require.Equal(t, ticket.Counts{All: 1}, counts, name)
	}
	for name, scope := range map[string]account.Scope{
		"of no office": account.TownScope([]id.Office{w.office}), "of a third office": account.OfficeScope(id.New[id.Office]()),
	} {
		list, _ := w.pages(scope, ticket.Filter{Queue: ticket.QueueAll})
		require.Empty(t, list, "whoever is %s hears nothing of a share", name)
	}
	w.exec(`UPDATE ticket_share SET ended_at = now()`)
	list, _ := w.pages(account.OfficeScope(w.other), ticket.Filter{Queue: ticket.QueueAll})
	require.Empty(t, list)
	_, err := w.store.ByID(ctx, w.db, account.OfficeScope(w.other), shared.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}
