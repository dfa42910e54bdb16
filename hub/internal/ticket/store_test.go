package ticket_test

import (
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

func TestNumbersFollowTheTownsYear(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	// Half past midnight of the new year in Rome, still the old one in Greenwich.
	at := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	create := func() (n ticket.Number) {
		w.Must(func(tx pgx.Tx) error {
			made, err := w.Store.Create(t.Context(), tx, account.System(), ticket.Opening{Office: w.Office, At: at})
			n = made.Number
			return err
		})
		return n
	}
	require.Equal(t, ticket.FormatNumber(2027, 1), create())
	w.Exec(`INSERT INTO town (name, time_zone) VALUES ('Valdoria', 'UTC')`)
	require.Equal(t, ticket.FormatNumber(2026, 1), create())
	require.Equal(t, ticket.FormatNumber(2026, 2), create())
}

func TestNumbersNeverRepeat(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	numbers := make(chan ticket.Number, 40)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				_ = w.Tx(func(tx pgx.Tx) error {
					made, err := w.Store.Create(t.Context(), tx, account.System(), ticket.Opening{Office: w.Office})
					if err == nil {
						numbers <- made.Number
					}
					return err
				})
			}
		})
	}
	wg.Wait()
	close(numbers)
	seen := map[ticket.Number]bool{}
	for n := range numbers {
		require.False(t, seen[n], n)
		seen[n] = true
	}
	require.Len(t, seen, 40)
}

func TestAFirstLetter(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	got := w.Open("Buongiorno,\nquando si paga?\n\n> prima")
	require.Equal(t, ticket.StatusNew, got.Status)
	require.Equal(t, subject, got.Subject)
	require.Equal(t, "Buongiorno, quando si paga?", got.Preview)
	require.Equal(t, "email", got.LastChannelKind)
	require.Equal(t, 1, got.MessageCount)
	require.Equal(t, 1, got.InboundCount)
	require.True(t, got.WaitingSince.Equal(noon))
	require.True(t, got.LastMessageAt.Equal(noon))
	require.EqualValues(t, 2, got.Version)
	require.Equal(t, []ticket.EventType{ticket.EventOpened}, w.events(got.ID))

	same, err := w.Store.Get(t.Context(), w.DB, w.All, "Rif. "+string(got.Number))
	require.NoError(t, err)
	require.Equal(t, got, same)
	for _, number := range []string{"", "2026-000001-x", string(ticket.FormatNumber(2026, 999))} {
		_, err = w.Store.Get(t.Context(), w.DB, w.All, number)
		require.Equal(t, fault.CodeNotFound, fault.Kind(err), number)
	}
}

func TestWaitingBeginsAndEnds(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	w.Clock.Advance(time.Hour)
	w.Receive(made.ID, w.Letter("due"))
	require.True(t, w.Get(made.ID).WaitingSince.Equal(noon), "the citizen waits since the first letter")

	out := w.Answer("ecco")
	out.Origin, out.Class = ticket.OriginAutomatic, ticket.ClassAcknowledgement
	w.Reply(made.ID, out)
	got := w.Get(made.ID)
	require.NotNil(t, got.WaitingSince, "an acknowledgement is no answer")
	require.Equal(t, ticket.StatusNew, got.Status)
	require.Equal(t, "due", got.Preview)
	require.Equal(t, 3, got.MessageCount)

	w.Clock.Advance(time.Hour)
	w.Reply(made.ID, w.Answer("ecco la risposta"))
	got = w.Get(made.ID)
	require.Nil(t, got.WaitingSince)
	require.Equal(t, ticket.StatusWaitingCitizen, got.Status)
	require.Equal(t, "ecco la risposta", got.Preview)

	at := w.Clock.Advance(time.Hour)
	w.Receive(made.ID, w.Letter("grazie, e poi?"))
	got = w.Get(made.ID)
	require.True(t, got.WaitingSince.Equal(at))
	require.Equal(t, ticket.StatusOpen, got.Status)
	require.Equal(t, 3, got.InboundCount)
}

func TestMachineMailChangesNothingButCounts(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	out := w.Answer("fatto")
	out.Status = ticket.StatusClosed
	w.Reply(made.ID, out)
	before := w.Get(made.ID)
	require.NotNil(t, before.ClosedAt)
	w.Clock.Advance(time.Hour)
	in := w.Letter("sono fuori ufficio")
	in.Class = ticket.ClassOutOfOffice
	w.Receive(made.ID, in)
	got := w.Get(made.ID)
	require.Equal(t, before.MessageCount+1, got.MessageCount)
	got.MessageCount, got.InboundCount, got.Version, got.UpdatedAt = before.MessageCount, before.InboundCount, before.Version, before.UpdatedAt
	require.Equal(t, before, got)
	parties, err := w.Store.Parties(t.Context(), w.DB, w.All, made.ID)
	require.NoError(t, err)
	require.Len(t, parties, 1)
}

func TestALetterReopens(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	closed, err := w.update(made.ID, ticket.Change{Version: made.Version, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	require.NotNil(t, closed.ClosedAt)
	require.Nil(t, closed.WaitingSince)
	w.Receive(made.ID, w.Letter("due"))
	got := w.Get(made.ID)
	require.Equal(t, ticket.StatusOpen, got.Status)
	require.Nil(t, got.ClosedAt)
	require.NotNil(t, got.WaitingSince)
	require.Equal(t, []ticket.EventType{ticket.EventOpened, ticket.EventStatusChanged, ticket.EventReopened}, w.events(made.ID))
}

func TestASuspendedTicketStaysSuspended(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	_, err := w.update(made.ID, ticket.Change{Version: made.Version, Status: ptr(ticket.StatusSuspended)})
	require.NoError(t, err)
	w.Receive(made.ID, w.Letter("due"))
	require.Equal(t, ticket.StatusSuspended, w.Get(made.ID).Status)
}

func TestWritingNeedsTheLock(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	stale := *made
	w.Receive(made.ID, w.Letter("due"))
	err := w.Tx(func(tx pgx.Tx) error {
		_, err := w.Store.AddInbound(t.Context(), tx, &stale, w.Letter("tre"))
		return err
	})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	require.Equal(t, 2, w.Get(made.ID).MessageCount)
}

func TestConcurrentLettersAreAllCounted(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				_ = w.Tx(func(tx pgx.Tx) error {
					locked, err := w.Store.Lock(t.Context(), tx, w.All, made.ID)
					if err != nil {
						return err
					}
					_, err = w.Store.AddInbound(t.Context(), tx, locked, w.Letter("ancora"))
					return err
				})
			}
		})
	}
	wg.Wait()
	got := w.Get(made.ID)
	require.Equal(t, 41, got.MessageCount)
	page, err := w.Store.Messages(t.Context(), w.DB, w.All, made.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 41)
}

func TestAMessageIsKeptWhole(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	pdf := sha256.Sum256([]byte("pdf"))
	w.Exec(`INSERT INTO blob (sha256, size) VALUES ($1, 3)`, pdf[:])
	made := w.Open("uno")
	w.Clock.Advance(time.Minute)
	in := w.Letter("con allegato\x00 e \xff")
	in.HTML = "<p>con allegato</p>"
	in.Parties = []ticket.MessageParty{
		{Role: ticket.RoleTo, Address: ticket.Address{Kind: "email", Value: "urp@comune.example"}},
		{Role: ticket.RoleCc, Address: bruno},
	}
	in.ThirdPerson, in.Reason = true, ticket.Reason{
		Code: ticket.ReasonTokenThird, Params: map[string]string{ticket.ParamNumber: string(made.Number)},
	}
	in.From = stranger
	in.Authenticated, in.Authentication = true, []byte(`{"dkim":"pass"}`)
	in.Headers = map[string]string{"thread-index": "AQ=="}
	in.RawSHA256 = pdf[:]
	in.SentAt = noon.Add(-time.Minute)
	in.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: "<1@altrove.example>", Issuer: ticket.IssuerSender}}
	in.Attachments = []ticket.NewAttachment{{
		SHA256: pdf[:], Size: 3, Name: "modulo.pdf", MediaType: "application/pdf", ContentID: "x@y", Inline: true,
	}}
	written := w.Receive(made.ID, in)

	m, err := w.Store.Message(t.Context(), w.DB, w.All, written)
	require.NoError(t, err)
	require.Equal(t, "con allegato e \uFFFD", m.Text)
	require.Equal(t, in.HTML, m.HTML)
	require.Equal(t, made.Number, m.TicketNumber)
	require.Equal(t, "Posta URP", m.ChannelName)
	require.Equal(t, ticket.DirectionInbound, m.Direction)
	require.Equal(t, ticket.ClassHuman, m.Class)
	require.Equal(t, stranger, m.From)
	require.Equal(t, in.Reason, m.Reason)
	require.True(t, m.ThirdPerson)
	require.True(t, m.Authenticated)
	require.JSONEq(t, `{"dkim":"pass"}`, string(m.Authentication))
	require.Equal(t, in.Headers, m.Headers)
	require.True(t, m.SentAt.Equal(in.SentAt))
	require.True(t, m.CreatedAt.Equal(w.Clock.Now()))
	require.Equal(t, in.Parties, m.Parties)
	require.Equal(t, []ticket.Address{bruno}, m.Addressed(ticket.RoleCc))
	require.Len(t, m.Attachments, 1)
	require.Equal(t, "modulo.pdf", m.Attachments[0].Name)
	require.Equal(t, "unscanned", m.Attachments[0].ScanState)

	f, err := w.Store.Attachment(t.Context(), w.DB, w.All, m.Attachments[0].ID)
	require.NoError(t, err)
	require.Equal(t, &m.Attachments[0], f)
	var refs int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM blob_ref WHERE owner_kind = 'message' AND owner_id = $1`, written).Scan(&refs))
	require.Equal(t, 1, refs)

	parties, err := w.Store.Parties(t.Context(), w.DB, w.All, made.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.RoleRequester, parties[0].Role)
	require.Equal(t, ticket.RoleThird, parties[1].Role)
	require.Equal(t, stranger, parties[1].Address())

	_, err = w.Store.Message(t.Context(), w.DB, w.All, id.New[id.Message]())
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	_, err = w.Store.Attachment(t.Context(), w.DB, w.All, id.New[id.Attachment]())
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestIssuedIdentifiersAreUnique(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	in := w.Letter("due")
	in.ExternalIDs = []ticket.ExternalID{
		{Kind: "pec_identifier", Value: "opec1", Issuer: ticket.IssuerProvider},
		{Kind: "pec_identifier", Value: "opec1", Issuer: ticket.IssuerProvider},
		{Kind: "message_id", Value: "<" + strings.Repeat("x", 5000) + "@y>", Issuer: ticket.IssuerSender},
	}
	w.Receive(made.ID, in)
	err := w.Tx(func(tx pgx.Tx) error {
		locked, err := w.Store.Lock(t.Context(), tx, w.All, made.ID)
		require.NoError(t, err)
		_, err = w.Store.AddInbound(t.Context(), tx, locked, in)
		return err
	})
	require.Error(t, err, "what a provider issued cannot name two messages")
}

func TestFurtherArrivals(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	raw := sha256.Sum256([]byte("raw"))
	in := w.Letter("due")
	in.RawSHA256, in.Fingerprint = raw[:], []byte("f1")
	in.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: "<a@b>", Issuer: ticket.IssuerSender}}
	first := w.Receive(made.ID, in)
	find := func(a ticket.Arrival) (o *ticket.Original, reused bool) {
		a.Channel, a.Kind = w.Channel, "message_id"
		w.Must(func(tx pgx.Tx) error {
			e, err := w.Store.FindEarlier(t.Context(), tx, []ticket.Arrival{a})
			if err == nil {
				o, reused = e[0].Original, e[0].IDReused
			}
			return err
		})
		return o, reused
	}
	o, _ := find(ticket.Arrival{RawSHA256: raw[:]})
	require.Equal(t, &ticket.Original{Message: first, Ticket: made.ID}, o)
	o, _ = find(ticket.Arrival{Value: "<a@b>", Fingerprint: []byte("f1"), RawSHA256: []byte("another route")})
	require.Equal(t, first, o.Message)
	o, reused := find(ticket.Arrival{Value: "<a@b>", Fingerprint: []byte("f2")})
	require.Nil(t, o)
	require.True(t, reused)
	o, reused = find(ticket.Arrival{Value: "<c@d>", Fingerprint: []byte("f1")})
	require.Nil(t, o)
	require.False(t, reused)

	entry := id.New[id.Entry]()
	for range 2 {
		w.Must(func(tx pgx.Tx) error {
			return w.Store.AddCopies(t.Context(), tx, []ticket.Copy{{Entry: entry, Message: first}})
		})
	}
	m, err := w.Store.Message(t.Context(), w.DB, w.All, first)
	require.NoError(t, err)
	require.Equal(t, 1, m.Copies)
}

func TestNotesStayInside(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	var note id.Message
	w.Must(func(tx pgx.Tx) error {
		locked, err := w.Store.LockNumber(t.Context(), tx, w.All, string(made.Number))
		require.NoError(t, err)
		note, err = w.Store.AddNote(t.Context(), tx, locked, w.Lucia, ticket.Note{Text: "chiedere a Tributi"})
		return err
	})
	got := w.Get(made.ID)
	require.Equal(t, 2, got.MessageCount)
	require.Equal(t, "uno", got.Preview)
	require.NotNil(t, got.WaitingSince)
	m, err := w.Store.Message(t.Context(), w.DB, w.All, note)
	require.NoError(t, err)
	require.Equal(t, ticket.DirectionNote, m.Direction)
	require.Equal(t, "Lucia", m.AuthorName)
	require.Empty(t, m.Parties)
}

func TestConversationPages(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("0")
	want := []string{"0"}
	for i := 1; i < 7; i++ {
		if i%3 == 0 {
			w.Clock.Advance(time.Second)
		}
		w.Receive(made.ID, w.Letter(string(rune('0'+i))))
		want = append(want, string(rune('0'+i)))
	}
	read := func(newest bool) (texts []string) {
		span := ticket.Span{NewestFirst: newest, Limit: 2}
		for {
			page, err := w.Store.Messages(t.Context(), w.DB, w.All, made.ID, span)
			require.NoError(t, err)
			for _, m := range page.Items {
				texts = append(texts, m.Text)
			}
			if page.Next == "" {
				return texts
			}
			require.Len(t, page.Items, 2)
			span.Cursor = page.Next
		}
	}
	require.Equal(t, want, read(false))
	newest := read(true)
	require.Len(t, newest, 7)
	require.Equal(t, "6", newest[0])
	require.Equal(t, "0", newest[6])

	page, err := w.Store.Messages(t.Context(), w.DB, w.All, made.ID, ticket.Span{Limit: 2})
	require.NoError(t, err)
	for _, cursor := range []string{"x", page.Next + "x", strings.Repeat("A", 600)} {
		_, err = w.Store.Messages(t.Context(), w.DB, w.All, made.ID, ticket.Span{Cursor: cursor})
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), cursor)
	}
	_, err = w.Store.Messages(t.Context(), w.DB, w.All, made.ID, ticket.Span{Cursor: page.Next, NewestFirst: true})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "a cursor belongs to its order")
}

func TestSomebodyWroteMeanwhile(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	seen := w.Receive(made.ID, w.Letter("due"))
	newer := func() bool {
		got, err := w.Store.HasNewer(t.Context(), w.DB, w.All, made.ID, seen)
		require.NoError(t, err)
		return got
	}
	require.False(t, newer())
	out := w.Answer("ricevuto")
	out.Origin = ticket.OriginAutomatic
	w.Reply(made.ID, out)
	require.False(t, newer())
	late := w.Letter("spedito prima, arrivato dopo")
	late.ReceivedAt = noon.Add(-time.Hour)
	w.Receive(made.ID, late)
	require.True(t, newer())
}
