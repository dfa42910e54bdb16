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
	made := w.Open("uno")
	got, err := w.update(made.ID, ticket.Change{Version: made.Version, Assignee: &w.Lucia.Operator})
	require.NoError(t, err)
	require.Equal(t, w.Lucia.Operator, got.Assignee)
	require.Equal(t, ticket.StatusOpen, got.Status, "somebody has it now")
	require.Equal(t, utc(got), utc(w.Get(made.ID)))

	got, err = w.update(made.ID, ticket.Change{
		Version: got.Version, Office: &w.Other, Priority: ptr(ticket.PriorityUrgent), Subject: ptr(" Rifiuti "),
		Status: ptr(ticket.StatusWaitingThird),
	})
	require.NoError(t, err)
	require.Equal(t, w.Other, got.Office)
	require.True(t, got.Assignee.IsZero(), "handing over clears the assignee")
	require.Equal(t, "Rifiuti", got.Subject)
	require.Equal(t, ticket.PriorityUrgent, got.Priority)
	require.Equal(t, ticket.StatusWaitingThird, got.Status)
	require.NotNil(t, got.WaitingSince)
	require.Equal(t, []ticket.EventType{
		ticket.EventOpened, ticket.EventAssigned, ticket.EventOfficeChanged, ticket.EventUnassigned,
		ticket.EventPriorityChanged, ticket.EventStatusChanged, ticket.EventSubjectChanged,
	}, w.events(made.ID))

	page, err := w.Store.Timeline(t.Context(), w.DB, w.All, made.ID, ticket.Span{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, "system", page.Items[0].ActorKind)
	require.Equal(t, map[string]string{"number": string(made.Number)}, page.Items[0].Params)
	require.Equal(t, "Lucia", page.Items[1].ActorName)
	require.Equal(t, "Lucia", page.Items[1].Params["operator_name"])
	rest, err := w.Store.Timeline(t.Context(), w.DB, w.All, made.ID, ticket.Span{Cursor: page.Next})
	require.NoError(t, err)
	require.Len(t, rest.Items, 5)

	same, err := w.update(made.ID, ticket.Change{Version: got.Version, Office: &w.Other, Status: ptr(ticket.StatusWaitingThird)})
	require.NoError(t, err)
	require.Equal(t, got.Version, same.Version, "nothing changed")
}

func TestChangesAreChecked(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	v := made.Version
	w.Exec(`UPDATE office SET active = false WHERE id = $1`, w.Other)
	cases := map[string]struct {
		change ticket.Change
		want   fault.Code
	}{
		"stale":            {ticket.Change{Version: v - 1, Subject: ptr("x")}, fault.CodeConflict},
		"unknown operator": {ticket.Change{Version: v, Assignee: ptr(id.New[id.Operator]())}, fault.CodeInvalid},
		"inactive office":  {ticket.Change{Version: v, Office: &w.Other}, fault.CodeInvalid},
		"back to new":      {ticket.Change{Version: v, Status: ptr(ticket.StatusNew), Assignee: &w.Lucia.Operator}, fault.CodeInvalid},
		"no such status":   {ticket.Change{Version: v, Status: ptr(ticket.Status("lost"))}, fault.CodeInvalid},
		"no such priority": {ticket.Change{Version: v, Priority: ptr(ticket.Priority(9))}, fault.CodeInvalid},
		"no subject":       {ticket.Change{Version: v, Subject: ptr(" ")}, fault.CodeInvalid},
	}
	for name, c := range cases {
		_, err := w.update(made.ID, c.change)
		if name == "back to new" {
			// It is new: asking for what is so already is no change, but with an assignee it is taken up.
			require.NoError(t, err)
			made = w.Get(made.ID)
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
	made := w.Open("uno")
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := w.update(made.ID, ticket.Change{Version: made.Version, Assignee: &w.Lucia.Operator})
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
	made := w.Open("uno")
	before := w.Get(made.ID)
	w.Clock.Advance(time.Minute)
	message := w.Reply(made.ID, w.Answer("sbagliato"))
	require.Nil(t, w.Get(made.ID).WaitingSince)
	withdraw := func() error {
		return w.Tx(func(tx pgx.Tx) error {
			_, err := w.Store.Withdraw(t.Context(), tx, w.All, w.Lucia, message)
			return err
		})
	}
	require.NoError(t, withdraw())
	got := w.Get(made.ID)
	require.Equal(t, before.WaitingSince, got.WaitingSince)
	require.Equal(t, before.Status, got.Status)
	require.Equal(t, before.Preview, got.Preview)
	require.Equal(t, before.LastMessageAt, got.LastMessageAt)
	require.Equal(t, fault.CodeConflict, fault.Kind(withdraw()))
	m, err := w.Store.Message(t.Context(), w.DB, w.All, message)
	require.NoError(t, err)
	require.NotNil(t, m.CancelledAt)
}

func TestAReplyCalledBackRespectsLaterChanges(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	first := w.Reply(made.ID, w.Answer("prima"))
	w.Clock.Advance(time.Minute)
	w.Receive(made.ID, w.Letter("due"))
	second := w.Reply(made.ID, w.Answer("seconda"))
	_, err := w.update(made.ID, ticket.Change{Version: w.Get(made.ID).Version, Status: ptr(ticket.StatusSuspended)})
	require.NoError(t, err)
	for _, m := range []id.Message{second, first} {
		w.Must(func(tx pgx.Tx) error {
			_, err := w.Store.Withdraw(t.Context(), tx, w.All, w.Lucia, m)
			return err
		})
	}
	got := w.Get(made.ID)
	require.Equal(t, ticket.StatusSuspended, got.Status, "somebody has decided since")
	require.True(t, got.WaitingSince.Equal(noon), "nothing was answered after all")
	require.Equal(t, "due", got.Preview)
	inbound, err := w.Store.Messages(t.Context(), w.DB, w.All, made.ID, ticket.Span{})
	require.NoError(t, err)
	require.Equal(t, fault.CodeConflict, fault.Kind(w.Tx(func(tx pgx.Tx) error {
		_, err := w.Store.Withdraw(t.Context(), tx, w.All, w.Lucia, inbound.Items[0].ID)
		return err
	})))
}

func TestRepliesCannotMakeATicketNew(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	for _, s := range []ticket.Status{ticket.StatusNew, "lost"} {
		out := w.Answer("x")
		out.Status = s
		err := w.Tx(func(tx pgx.Tx) error {
			locked, err := w.Store.Lock(t.Context(), tx, w.All, made.ID)
			require.NoError(t, err)
			_, err = w.Store.AddOutbound(t.Context(), tx, locked, w.Lucia, out)
			return err
		})
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	read := func(scope account.Scope, kind ticket.DraftKind) *ticket.Draft {
		d, err := w.Store.Draft(t.Context(), w.DB, scope, w.Lucia.Operator, made.ID, kind)
		require.NoError(t, err)
		return d
	}
	require.Nil(t, read(w.All, ticket.DraftReply))
	for _, body := range []string{`{"text": "uno"}`, `{"text": "due"}`} {
		_, err := w.Store.PutDraft(t.Context(), w.DB, w.Lucia.Operator, made.ID, ticket.DraftReply, json.RawMessage(body))
		require.NoError(t, err)
	}
	require.JSONEq(t, `{"text": "due"}`, string(read(w.All, ticket.DraftReply).Body))
	require.True(t, read(w.All, ticket.DraftReply).UpdatedAt.Equal(noon))
	require.Nil(t, read(w.All, ticket.DraftNote))
	require.Nil(t, read(account.OfficeScope(w.Other), ticket.DraftReply), "out of scope")
	require.NoError(t, w.Store.DeleteDraft(t.Context(), w.DB, w.Lucia.Operator, made.ID, ticket.DraftReply))
	require.NoError(t, w.Store.DeleteDraft(t.Context(), w.DB, w.Lucia.Operator, made.ID, ticket.DraftReply))
	require.Nil(t, read(w.All, ticket.DraftReply))

	for _, bad := range []struct {
		kind ticket.DraftKind
		body string
	}{{"letter", `{}`}, {ticket.DraftReply, `{`}, {ticket.DraftReply, `"` + strings.Repeat("x", 5<<20) + `"`}} {
		_, err := w.Store.PutDraft(t.Context(), w.DB, w.Lucia.Operator, made.ID, bad.kind, json.RawMessage(bad.body))
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
}

func TestUploadsBecomeAttachmentsOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	sum := make([]byte, 32)
	w.Exec(`INSERT INTO blob (sha256, size) VALUES ($1, 3)`, sum)
	add := func(by account.Actor) (u ticket.Upload) {
		w.Must(func(tx pgx.Tx) (err error) {
			u, err = w.Store.AddUpload(t.Context(), tx, by, ticket.Upload{SHA256: sum, Size: 3, Name: "a.pdf", MediaType: "application/pdf"})
			return err
		})
		return u
	}
	mine := add(w.Lucia)
	// With a token nobody is the operator.
	script := account.Actor{Kind: account.KindToken, Token: id.New[id.Token](), Role: account.FirstLevel}
	w.Exec(`INSERT INTO api_token (id, name, token_hash, role) VALUES ($1, 'script', '\x00', 'first_level')`, script.Token)
	theirs := add(script)
	require.Equal(t, 2, w.refs("upload"))

	_, err := w.Store.Uploads(t.Context(), w.DB, w.Lucia, []id.Upload{mine.ID, theirs.ID})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "somebody else's upload")
	require.Equal(t, "attachments.1", fault.Violations(err)[0].Field)

	var message id.Message
	w.Must(func(tx pgx.Tx) error {
		locked, err := w.Store.Lock(t.Context(), tx, w.All, made.ID)
		require.NoError(t, err)
		out := w.Answer("in allegato")
		out.Attachments, err = w.Store.TakeUploads(t.Context(), tx, w.Lucia, []id.Upload{mine.ID})
		require.NoError(t, err)
		message, err = w.Store.AddOutbound(t.Context(), tx, locked, w.Lucia, out)
		return err
	})
	m, err := w.Store.Message(t.Context(), w.DB, w.All, message)
	require.NoError(t, err)
	require.Equal(t, "a.pdf", m.Attachments[0].Name)
	require.Equal(t, 1, w.refs("upload"))
	require.Equal(t, 1, w.refs("message"))
	_, err = w.Store.Uploads(t.Context(), w.DB, w.Lucia, []id.Upload{mine.ID})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "used already")

	prune := func(before time.Time) (n int) {
		w.Must(func(tx pgx.Tx) (err error) {
			n, err = w.Store.PruneUploads(t.Context(), tx, before)
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
	w.T.Helper()
	require.NoError(w.T, w.DB.QueryRow(w.T.Context(), `SELECT count(*) FROM blob_ref WHERE owner_kind = $1`, owner).Scan(&n))
	return n
}

func TestSecretsAreRevoked(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	secrets := ticket.NewSecrets(w.Ring)
	given := secrets.Derive(made)
	require.True(t, secrets.Verify(w.Get(made.ID), given))
	w.Must(func(tx pgx.Tx) error {
		locked, err := w.Store.Lock(t.Context(), tx, w.All, made.ID)
		require.NoError(t, err)
		return w.Store.RevokeSecret(t.Context(), tx, locked, w.Lucia)
	})
	require.False(t, secrets.Verify(w.Get(made.ID), given))
	require.True(t, secrets.Verify(w.Get(made.ID), secrets.Derive(w.Get(made.ID))))
	require.Contains(t, w.events(made.ID), ticket.EventSecretRevoked)
}
