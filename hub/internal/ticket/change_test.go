package ticket_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

func TestOperatorsChangeTickets(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	got, err := w.update(made.ID, ticket.Change{Version: made.Version, Assignee: &w.lucia.Operator})
	require.NoError(t, err)
	require.Equal(t, w.lucia.Operator, got.Assignee)
	require.Equal(t, ticket.StatusOpen, got.Status, "somebody has it now")
	require.Equal(t, utc(got), utc(w.get(made.ID)))

	got, err = w.update(made.ID, ticket.Change{
		Version: got.Version, Office: &w.other, Priority: ptr(ticket.PriorityUrgent), Subject: ptr(" Rifiuti "),
		Status: ptr(ticket.StatusWaitingThird),
	})
	require.NoError(t, err)
	require.Equal(t, w.other, got.Office)
	require.True(t, got.Assignee.IsZero(), "handing over clears the assignee")
	require.Equal(t, "Rifiuti", got.Subject)
	require.Equal(t, ticket.PriorityUrgent, got.Priority)
	require.Equal(t, ticket.StatusWaitingThird, got.Status)
	require.NotNil(t, got.WaitingSince)
	require.Equal(t, []ticket.EventType{
		ticket.EventOpened, ticket.EventAssigned, ticket.EventOfficeChanged, ticket.EventUnassigned,
		ticket.EventStatusChanged, ticket.EventPriorityChanged, ticket.EventSubjectChanged,
	}, w.events(made.ID))

	page, err := w.store.Timeline(t.Context(), w.db, w.all, made.ID, ticket.Span{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, "system", page.Items[0].ActorKind)
	require.Equal(t, map[string]string{"number": string(made.Number)}, page.Items[0].Params)
	require.Equal(t, "Lucia", page.Items[1].ActorName)
	require.Equal(t, "Lucia", page.Items[1].Params["operator_name"])
	rest, err := w.store.Timeline(t.Context(), w.db, w.all, made.ID, ticket.Span{Cursor: page.Next})
	require.NoError(t, err)
	require.Len(t, rest.Items, 5)

	same, err := w.update(made.ID, ticket.Change{Version: got.Version, Office: &w.other, Status: ptr(ticket.StatusWaitingThird)})
	require.NoError(t, err)
	require.Equal(t, got.Version, same.Version, "nothing changed")
}

func TestChangesAreChecked(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	v := made.Version
	w.exec(`UPDATE office SET active = false WHERE id = $1`, w.other)
	cases := map[string]struct {
		change ticket.Change
		want   fault.Code
	}{
		"stale":            {ticket.Change{Version: v - 1, Subject: ptr("x")}, fault.CodeConflict},
		"unknown operator": {ticket.Change{Version: v, Assignee: ptr(id.New[id.Operator]())}, fault.CodeInvalid},
		"inactive office":  {ticket.Change{Version: v, Office: &w.other}, fault.CodeInvalid},
		"back to new":      {ticket.Change{Version: v, Status: ptr(ticket.StatusNew), Assignee: &w.lucia.Operator}, fault.CodeInvalid},
		"no such status":   {ticket.Change{Version: v, Status: ptr(ticket.Status("lost"))}, fault.CodeInvalid},
		"no such priority": {ticket.Change{Version: v, Priority: ptr(ticket.Priority(9))}, fault.CodeInvalid},
		"no subject":       {ticket.Change{Version: v, Subject: ptr(" ")}, fault.CodeInvalid},
	}
	for name, c := range cases {
		_, err := w.update(made.ID, c.change)
		if name == "back to new" {
			// It is new: asking for what is so already is no change, but with an assignee it is taken up.
			require.NoError(t, err)
			made = w.get(made.ID)
			continue
		}
		require.Error(t, err, name)
	}
	_, err := w.update(id.New[id.Ticket](), ticket.Change{})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestOfTwoOperatorsOneWins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := w.update(made.ID, ticket.Change{Version: made.Version, Assignee: &w.lucia.Operator})
			results <- err
		}()
	}
	first, second := <-results, <-results
	if first != nil {
		first, second = second, first
	}
	require.NoError(t, first)
	require.Equal(t, fault.CodeConflict, fault.Kind(second))
}

func TestAReplyCalledBackLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	before := w.get(made.ID)
	w.clock.advance(time.Minute)
	message := w.reply(made.ID, w.answer("sbagliato"))
	require.Nil(t, w.get(made.ID).WaitingSince)
	withdraw := func() error {
		return w.tx(func(tx pgx.Tx) error {
			_, err := w.store.Withdraw(t.Context(), tx, w.all, w.lucia, message)
			return err
		})
	}
	require.NoError(t, withdraw())
	got := w.get(made.ID)
	require.Equal(t, before.WaitingSince, got.WaitingSince)
	require.Equal(t, before.Status, got.Status)
	require.Equal(t, before.Preview, got.Preview)
	require.Equal(t, before.LastMessageAt, got.LastMessageAt)
	require.Equal(t, fault.CodeConflict, fault.Kind(withdraw()))
	m, err := w.store.Message(t.Context(), w.db, w.all, message)
	require.NoError(t, err)
	require.NotNil(t, m.CancelledAt)
}

func TestAReplyCalledBackRespectsLaterChanges(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	first := w.reply(made.ID, w.answer("prima"))
	w.clock.advance(time.Minute)
	w.receive(made.ID, w.letter("due"))
	second := w.reply(made.ID, w.answer("seconda"))
	_, err := w.update(made.ID, ticket.Change{Version: w.get(made.ID).Version, Status: ptr(ticket.StatusSuspended)})
	require.NoError(t, err)
	for _, m := range []id.Message{second, first} {
		w.must(func(tx pgx.Tx) error {
			_, err := w.store.Withdraw(t.Context(), tx, w.all, w.lucia, m)
			return err
		})
	}
	got := w.get(made.ID)
	require.Equal(t, ticket.StatusSuspended, got.Status, "somebody has decided since")
	require.True(t, got.WaitingSince.Equal(noon), "nothing was answered after all")
	require.Equal(t, "due", got.Preview)
	inbound, err := w.store.Messages(t.Context(), w.db, w.all, made.ID, ticket.Span{})
	require.NoError(t, err)
	require.Equal(t, fault.CodeConflict, fault.Kind(w.tx(func(tx pgx.Tx) error {
		_, err := w.store.Withdraw(t.Context(), tx, w.all, w.lucia, inbound.Items[0].ID)
		return err
	})))
}

func TestRepliesCannotMakeATicketNew(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	for _, s := range []ticket.Status{ticket.StatusNew, "lost"} {
		out := w.answer("x")
		out.Status = s
		err := w.tx(func(tx pgx.Tx) error {
			locked, err := w.store.Lock(t.Context(), tx, w.all, made.ID)
			require.NoError(t, err)
			_, err = w.store.AddOutbound(t.Context(), tx, locked, w.lucia, out)
			return err
		})
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	read := func(scope account.Scope, kind ticket.DraftKind) *ticket.Draft {
		d, err := w.store.Draft(t.Context(), w.db, scope, w.lucia.Operator, made.ID, kind)
		require.NoError(t, err)
		return d
	}
	require.Nil(t, read(w.all, ticket.DraftReply))
	for _, body := range []string{`{"text": "uno"}`, `{"text": "due"}`} {
		_, err := w.store.PutDraft(t.Context(), w.db, w.lucia.Operator, made.ID, ticket.DraftReply, json.RawMessage(body))
		require.NoError(t, err)
	}
	require.JSONEq(t, `{"text": "due"}`, string(read(w.all, ticket.DraftReply).Body))
	require.True(t, read(w.all, ticket.DraftReply).UpdatedAt.Equal(noon))
	require.Nil(t, read(w.all, ticket.DraftNote))
	require.Nil(t, read(account.OfficeScope(w.other), ticket.DraftReply), "out of scope")
	require.NoError(t, w.store.DeleteDraft(t.Context(), w.db, w.lucia.Operator, made.ID, ticket.DraftReply))
	require.NoError(t, w.store.DeleteDraft(t.Context(), w.db, w.lucia.Operator, made.ID, ticket.DraftReply))
	require.Nil(t, read(w.all, ticket.DraftReply))

	for _, bad := range []struct {
		kind ticket.DraftKind
		body string
	}{{"letter", `{}`}, {ticket.DraftReply, `{`}, {ticket.DraftReply, `"` + strings.Repeat("x", 5<<20) + `"`}} {
		_, err := w.store.PutDraft(t.Context(), w.db, w.lucia.Operator, made.ID, bad.kind, json.RawMessage(bad.body))
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
}

func TestUploadsBecomeAttachmentsOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	sum := make([]byte, 32)
	w.exec(`INSERT INTO blob (sha256, size) VALUES ($1, 3)`, sum)
	add := func(by account.Actor) (u ticket.Upload) {
		w.must(func(tx pgx.Tx) (err error) {
			u, err = w.store.AddUpload(t.Context(), tx, by, ticket.Upload{SHA256: sum, Size: 3, Name: "a.pdf", MediaType: "application/pdf"})
			return err
		})
		return u
	}
	mine := add(w.lucia)
	// With a token nobody is the operator.
	script := account.Actor{Kind: account.KindToken, Token: id.New[id.Token](), Role: account.FirstLevel}
	w.exec(`INSERT INTO api_token (id, name, token_hash, role) VALUES ($1, 'script', '\x00', 'first_level')`, script.Token)
	theirs := add(script)
	require.Equal(t, 2, w.refs("upload"))

	_, err := w.store.Uploads(t.Context(), w.db, w.lucia, []id.Upload{mine.ID, theirs.ID})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "somebody else's upload")
	require.Equal(t, "attachments.1", fault.Violations(err)[0].Field)

	var message id.Message
	w.must(func(tx pgx.Tx) error {
		locked, err := w.store.Lock(t.Context(), tx, w.all, made.ID)
		require.NoError(t, err)
		out := w.answer("in allegato")
		out.Attachments, err = w.store.TakeUploads(t.Context(), tx, w.lucia, []id.Upload{mine.ID})
		require.NoError(t, err)
		message, err = w.store.AddOutbound(t.Context(), tx, locked, w.lucia, out)
		return err
	})
	m, err := w.store.Message(t.Context(), w.db, w.all, message)
	require.NoError(t, err)
	require.Equal(t, "a.pdf", m.Attachments[0].Name)
	require.Equal(t, 1, w.refs("upload"))
	require.Equal(t, 1, w.refs("message"))
	_, err = w.store.Uploads(t.Context(), w.db, w.lucia, []id.Upload{mine.ID})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "used already")

	prune := func(before time.Time) (n int) {
		w.must(func(tx pgx.Tx) (err error) {
			n, err = w.store.PruneUploads(t.Context(), tx, before)
			return err
		})
		return n
	}
	require.Zero(t, prune(noon))
	require.Equal(t, 1, prune(noon.Add(time.Second)))
	require.Zero(t, w.refs("upload"))
}

// refs counts who needs blobs.
func (w *town) refs(owner string) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), `SELECT count(*) FROM blob_ref WHERE owner_kind = $1`, owner).Scan(&n))
	return n
}

func TestSecretsAreRevoked(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	secrets := ticket.NewSecrets(w.ring)
	given := secrets.Derive(made)
	require.True(t, secrets.Verify(w.get(made.ID), given))
	w.must(func(tx pgx.Tx) error {
		locked, err := w.store.Lock(t.Context(), tx, w.all, made.ID)
		require.NoError(t, err)
		return w.store.RevokeSecret(t.Context(), tx, locked, w.lucia)
	})
	require.False(t, secrets.Verify(w.get(made.ID), given))
	require.True(t, secrets.Verify(w.get(made.ID), secrets.Derive(w.get(made.ID))))
	require.Contains(t, w.events(made.ID), ticket.EventSecretRevoked)
}
