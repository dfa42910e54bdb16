package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

const (
	canWrite = `{"capabilities": ["ingest", "send"], "reply_token": true, "own": {"kind": "email", "value": "urp@comune.valdoria.example"}}`
	adaMail  = "ada.rossi@posta.example"
)

// filing is a town with one mail channel, its journal and its stages.
type filing struct {
	journalBundle
	workers  *Workers
	tickets  *ticket.Store
	tokens   *thread.Tokens
	composer *delivery.Composer
	routing  *routing.Store
	n        int
}

// noWakeUps stands for River: these tests look at what is due, not at what is sent.
type noWakeUps struct{}

func (noWakeUps) Wake(context.Context, pgx.Tx, ...delivery.WakeUp) error { return nil }
func (noWakeUps) WakeOverdue(context.Context, pgx.Tx, id.Transmission, int, id.Replica) error {
	return nil
}

func setupFiling(t *testing.T) *filing {
	t.Helper()
	b := &filing{journalBundle: setupJournal(t)}
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	b.tickets, b.tokens = ticket.NewStore(time.Now), thread.NewTokens(ring)
	offices := office.NewStore()
	_, err = offices.Add(t.Context(), b.pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	require.NoError(t, offices.PutTown(t.Context(), b.pool, office.Town{Name: "Comune di Valdoria", Zone: time.UTC, Languages: []string{"it"}}))
	exec(t, b.pool, `UPDATE channel SET adapter = 'email', ability = $1, address_kind = 'email', address_value = 'urp@comune.valdoria.example'`, canWrite)
	deliveries := delivery.NewStore(noWakeUps{}, time.Now)
	contacts, channels := contact.NewStore(), channel.NewStore(ring)
	b.composer = delivery.NewComposer(delivery.ComposerParts{
		Pool: b.pool, Tickets: b.tickets, Contacts: contacts, Channels: channels, Offices: offices,
		Store: deliveries, Tokens: b.tokens, Secrets: ticket.NewSecrets(ring), Now: time.Now,
	})
	b.routing = routing.NewStore(offices, time.Now)
	stages := NewStages(b.journal, Parts{
		Tickets: b.tickets, Tokens: b.tokens, Contacts: contacts, Channels: channels,
		Deliveries: deliveries, Composer: b.composer, Routing: b.routing, Policy: thread.DefaultPolicy(), Now: time.Now,
	})
	b.workers = NewWorkers(b.journal, stages, slog.New(slog.DiscardHandler))
	return b
}

// mail is a letter from Ada that no other letter equals; change makes it special.
func (b *filing) mail(change func(*Inbound)) Event {
	b.n++
	e := letter(fmt.Sprintf("inbox/1/%d", b.n), adaMail)
	e.Raw.Inline = fmt.Appendf(nil, "raw %d", b.n)
	m := e.Message
	m.From.Name, m.Subject, m.Class = "Ada Rossi", fmt.Sprintf("Richiesta %d", b.n), "human"
	m.ExternalIDs = []ExternalID{{Kind: "message_id", Value: fmt.Sprintf("<%d@posta.example>", b.n), Issuer: "sender"}}
	sum := sha256.Sum256(e.Raw.Inline)
	m.Fingerprint = sum[:]
	m.Authentication = Authentication{Authenticated: true, Authority: "mx.valdoria.example"}
	if change != nil {
		change(m)
	}
	return e
}

// deliver journals events and files all that is due.
func (b *filing) deliver(t *testing.T, events ...Event) {
	t.Helper()
	_, err := b.journal.Append(t.Context(), b.batch("c", events...))
	require.NoError(t, err)
	b.work(t)
}

func (b *filing) work(t *testing.T) {
	t.Helper()
	worker := b.workers.one()
	for worked := true; worked; {
		var err error
		worked, err = worker.round(t.Context(), 0)
		require.NoError(t, err)
	}
}

// list gives tickets, the newest last.
func (b *filing) list(t *testing.T) (numbers []string) {
	t.Helper()
	rows, err := b.pool.Query(t.Context(), `SELECT number FROM ticket ORDER BY id`)
	require.NoError(t, err)
	numbers, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return numbers
}

func (b *filing) messages(t *testing.T, number string) []ticket.Message {
	t.Helper()
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), number)
	require.NoError(t, err)
	page, err := b.tickets.Messages(t.Context(), b.pool, account.SystemScope(), found.ID, ticket.Span{Limit: 50})
	require.NoError(t, err)
	return page.Items
}

// reply answers the only ticket as an operator would and returns the message.
func (b *filing) reply(t *testing.T, number, text string) (m ticket.Message) {
	t.Helper()
	var written id.Message
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
		locked, err := b.tickets.LockNumber(t.Context(), tx, account.SystemScope(), number)
		if err != nil {
			return err
		}
		written, err = b.composer.Reply(t.Context(), tx, account.System(), locked, delivery.Draft{Text: text})
		return err
	}))
	found, err := b.tickets.Message(t.Context(), b.pool, account.SystemScope(), written)
	require.NoError(t, err)
	return *found
}

func TestAFirstLetterOpensATicketAndIsAcknowledged(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	numbers := b.list(t)
	require.Len(t, numbers, 1)
	all := b.messages(t, numbers[0])
	require.Len(t, all, 2)
	require.Equal(t, "new", all[0].Reason.Code)
	require.Equal(t, ticket.OriginAutomatic, all[1].Origin)
	require.Contains(t, all[1].Text, numbers[0])
	require.NotContains(t, all[1].Text+all[1].Subject, "Richiesta", "nothing of the citizen's words is repeated")
	require.Contains(t, all[1].Text, "••••-••••", "the secret is not stored")

	sent, err := b.composer.Render(t.Context(), all[1].ID, b.channel)
	require.NoError(t, err)
	require.NotContains(t, sent.Content.Text, "•")
	require.Regexp(t, `[0-9A-Z]{4}-[0-9A-Z]{4}-`, sent.Content.Text)
	require.Equal(t, "<1@posta.example>", sent.Thread.InReplyTo)
	require.Equal(t, []string{"<1@posta.example>"}, sent.Thread.References)
	require.NotEmpty(t, sent.Thread.ReplyToken)
	require.Equal(t, "automatic", sent.Origin)
}

// An answer names the first and the last letters of the conversation, and none that its reader has not seen.
func TestAnAnswerNamesWhatItsReaderKnows(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(func(m *Inbound) { m.Headers = map[string]string{"thread-index": "AQHa1"} }))
	number := b.list(t)[0]
	first := b.reply(t, number, "Ci dica di più.")
	token := b.tokens.MessageID(first.ID, "comune.valdoria.example")
	var more []Event
	for range 45 {
		more = append(more, b.mail(func(m *Inbound) { m.Tokens = []string{token} }))
	}
	stranger := b.mail(func(m *Inbound) { m.From.Value, m.Tokens = "cugino@altrove.example", []string{token} })
	last := b.mail(func(m *Inbound) { m.Tokens, m.Headers = []string{token}, map[string]string{"thread-index": "AQHa2"} })
	b.deliver(t, append(more, stranger, last)...)

	sent, err := b.composer.Render(t.Context(), b.reply(t, number, "Grazie.").ID, b.channel)
	require.NoError(t, err)
	known := sent.Thread.References
	require.Len(t, known, 41)
	require.Equal(t, "<1@posta.example>", known[0])
	require.Equal(t, last.Message.ExternalIDs[0].Value, known[40])
	require.Equal(t, last.Message.ExternalIDs[0].Value, sent.Thread.InReplyTo)
	require.NotContains(t, known, stranger.Message.ExternalIDs[0].Value)
	require.Equal(t, "AQHa2", sent.Thread.Headers["thread-index"])
}

func TestAnAnswerFindsItsTicket(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	number := b.list(t)[0]
	reply := b.reply(t, number, "La buca sarà chiusa lunedì.")
	sent, err := b.composer.Render(t.Context(), reply.ID, b.channel)
	require.NoError(t, err)

	b.deliver(t,
		b.mail(func(m *Inbound) { m.Tokens = []string{sent.Thread.ReplyToken} }),
		b.mail(func(m *Inbound) { m.AnswersTo = []string{sent.Thread.MessageID} }),
		b.mail(func(m *Inbound) { m.Numbers = []string{number} }))
	require.Len(t, b.list(t), 1)
	var reasons []string
	for _, m := range b.messages(t, number) {
		if m.Direction == ticket.DirectionInbound {
			reasons = append(reasons, m.Reason.Code)
		}
	}
	require.Equal(t, []string{"new", "token", "token", "number"}, reasons, "our Message-ID is a token too")
}

func TestAStrangerWhoKnowsTheNumberJoinsNothing(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	number := b.list(t)[0]
	for name, change := range map[string]func(*Inbound){
		"another address":         func(m *Inbound) { m.From = Address{Kind: "email", Value: "mallory@altrove.example"} },
		"her address, not proved": func(m *Inbound) { m.Authentication.Authenticated = false },
	} {
		b.deliver(t, b.mail(func(m *Inbound) {
			change(m)
			m.Subject = "Re: Richiesta [Rif. " + number + "]"
			m.Numbers = []string{number}
		}))
		require.Len(t, b.messages(t, number), 2, name)
	}
	require.Len(t, b.list(t), 3)
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM ticket_suggestion WHERE reason = 'number'`))
}

func TestCopiesAreRecordedAndReusedIdsAreKept(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	first := b.mail(nil)
	again := first
	again.ID = "archive/9/1"
	rewrapped := b.mail(func(m *Inbound) {
		m.ExternalIDs, m.Fingerprint = first.Message.ExternalIDs, first.Message.Fingerprint
	})
	other := b.mail(func(m *Inbound) { m.ExternalIDs = first.Message.ExternalIDs })
	b.deliver(t, first, again, rewrapped, other)

	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM message WHERE direction = 'inbound'`))
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM message_copy`))
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'duplicate'`))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM message WHERE threading_params ->> 'id_reused' = 'true'`))
}

func TestMachinesAreNeverAnsweredNorReopen(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	number := b.list(t)[0]
	reply := b.reply(t, number, "Fatto.")
	b.deliver(t,
		b.mail(func(m *Inbound) { m.Class, m.AnswersTo = "out_of_office", []string{reply.ID.String()} }),
		b.mail(func(m *Inbound) {
			m.Class, m.Tokens = "auto_reply", []string{b.tokens.MessageID(reply.ID, "comune.valdoria.example")}
		}))
	require.Len(t, b.list(t), 1)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM automatic_message`))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'quarantined' AND reason = 'machine_unmatched'`))
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), number)
	require.NoError(t, err)
	require.Equal(t, ticket.StatusWaitingCitizen, found.Status)
	require.Nil(t, found.WaitingSince)
}

func TestATrialsOwnLetterBothersNobody(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	trial, err := b.workers.stages.channels.BeginTrial(t.Context(), b.pool)
	require.NoError(t, err)
	exec(t, b.pool, `INSERT INTO channel_trial VALUES ('yesterday', now() - interval '25 hours')`)
	own := func(trial string) Event {
		return b.mail(func(m *Inbound) { m.Class, m.Trial = "own_loop", trial })
	}
	b.deliver(t, own(trial), own("yesterday"), own("invented"), b.mail(nil))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'filed' AND reason = 'trial' AND ticket_id IS NULL`))
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'quarantined'`), "nobody hides a letter by the mark alone")
	require.Len(t, b.list(t), 1)

	_, err = b.workers.stages.channels.BeginTrial(t.Context(), b.pool)
	require.NoError(t, err)
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM channel_trial`), "those of another day are forgotten")
}

func TestNoAcknowledgementGoesWhereNobodyReads(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		adaMail: true, "no-reply@shop.example": false, "Non.Rispondere@shop.example": false,
		"mailer-daemon@posta.example": false, "URP@comune.valdoria.example": false, "+393401234567": true,
	} {
		w := &work{sender: ticket.Address{Value: value}}
		w.Own = "urp@comune.valdoria.example"
		require.Equal(t, want, mayAcknowledge(w), value)
	}
}

func TestAcknowledgementsAreCapped(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	for range 8 {
		b.deliver(t, b.mail(nil))
	}
	require.Len(t, b.list(t), 8)
	require.Equal(t, 5, count(t, b.pool, `SELECT count(*) FROM message WHERE origin = 'automatic'`))
}

func TestALetterWithoutSenderOrSubjectIsFiled(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(func(m *Inbound) { *m = Inbound{Class: "human", Text: "C'è una buca\nin via Roma."} }))
	require.Len(t, b.list(t), 1)
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), b.list(t)[0])
	require.NoError(t, err)
	require.Contains(t, found.Subject, "C'è una buca")
	require.True(t, found.Contact.IsZero())
}

func TestUnreadableItemsWaitForAPerson(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	item := Event{ID: "x", Raw: Raw{Inline: []byte("???")}, Unparsed: &Unparsed{Code: "limit.depth", Detail: "60 levels"}}
	poison := b.mail(nil)
	b.deliver(t, item, poison)
	exec(t, b.pool, `UPDATE journal SET state = 'pending', payload = '{"message": 1}' WHERE event_id = $1`, poison.ID)
	for range maxFailures {
		exec(t, b.pool, `UPDATE journal SET next_attempt_at = '-infinity'`)
		b.work(t)
	}
	list, next, err := b.journal.Quarantined(t.Context(), account.SystemScope(), EntryPage{Size: 50})
	require.NoError(t, err)
	require.Nil(t, next)
	require.ElementsMatch(t, []string{"limit.depth", ReasonFailed}, []string{list[0].Reason, list[1].Reason})

	none, _, err := b.journal.Quarantined(t.Context(), account.OfficeScope(), EntryPage{Size: 50})
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestTroubleOfTheDatabaseDoesNotCountAgainstTheRow(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	_, err := b.journal.Append(t.Context(), b.batch("c", b.mail(nil), b.mail(nil)))
	require.NoError(t, err)
	// The server ends the session in the middle of the batch.
	exec(t, b.pool, `CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	exec(t, b.pool, `CREATE TRIGGER fall AFTER INSERT ON ticket FOR EACH STATEMENT EXECUTE FUNCTION fall()`)
	worker := b.workers.one()
	worked, err := worker.round(t.Context(), 0)
	require.Error(t, err)
	require.True(t, worked)
	exec(t, b.pool, `DROP TRIGGER fall ON ticket`)
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'pending' AND attempt = 0 AND failures = 0`))
	worked, err = worker.round(t.Context(), 0)
	require.NoError(t, err)
	require.True(t, worked)
	require.Len(t, b.list(t), 2)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM intake_worker WHERE entries = '{}'`))
}

// again is an adapter that has learnt to read what it could not.
type again struct {
	event Event
	err   error
}

func (a again) Interpret(context.Context, id.Channel, Raw) (Event, error) { return a.event, a.err }

func TestRetryReadsTheRawBytesAgain(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, Event{ID: "x", Raw: Raw{Inline: []byte("raw")}, Unparsed: &Unparsed{Code: "charset"}})
	list, _, err := b.journal.Quarantined(t.Context(), account.SystemScope(), EntryPage{Size: 50})
	require.NoError(t, err)
	entry := list[0].ID

	err = b.journal.Retry(t.Context(), account.SystemScope(), again{err: errors.New("still not")}, entry, id.Operator{})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	require.NoError(t, b.journal.Retry(t.Context(), account.SystemScope(), again{event: b.mail(nil)}, entry, id.Operator{}))
	b.work(t)
	require.Len(t, b.list(t), 1)
	err = b.journal.Retry(t.Context(), account.SystemScope(), again{event: b.mail(nil)}, entry, id.Operator{})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err), "it is filed now")
}

func TestDiscardNeedsAReasonAndKeepsTheBytes(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, Event{ID: "x", Raw: Raw{Inline: []byte("raw")}, Unparsed: &Unparsed{Code: "charset"}})
	list, _, err := b.journal.Quarantined(t.Context(), account.SystemScope(), EntryPage{Size: 50})
	require.NoError(t, err)
	err = b.journal.Discard(t.Context(), account.SystemScope(), list[0].ID, id.Operator{}, " ")
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	require.NoError(t, b.journal.Discard(t.Context(), account.SystemScope(), list[0].ID, id.Operator{}, "pubblicità"))
	raw, err := b.journal.RawOf(t.Context(), account.SystemScope(), list[0].ID)
	require.NoError(t, err)
	require.Equal(t, "raw", string(raw.Inline))
}

func TestABounceFailsItsDelivery(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	number := b.list(t)[0]
	reply := b.reply(t, number, "Fatto.")
	exec(t, b.pool, `UPDATE delivery SET state = 'sent' WHERE message_id = $1`, reply.ID)
	b.deliver(t, b.mail(func(m *Inbound) {
		m.Class, m.From = "bounce_hard", Address{Kind: "email", Value: "mailer-daemon@posta.example"}
		m.Reports = []delivery.Report{{
			State: "failed", RecipientKind: "email", RecipientValue: strings.ToUpper(adaMail),
			ExternalIDs: []delivery.ExternalID{{Kind: "message_id", Value: b.tokens.MessageID(reply.ID, "comune.valdoria.example")}},
			Failure:     &delivery.Failure{Class: delivery.RecipientFault, ProviderCode: "550 5.1.1"},
		}}
	}))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM delivery WHERE message_id = $1 AND state = 'failed'`, reply.ID))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM contact_address WHERE undeliverable_since IS NOT NULL`))
	require.Len(t, b.messages(t, number), 4, "the bounce is kept on the ticket")

	b.deliver(t, b.mail(nil))
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM contact_address WHERE undeliverable_since IS NOT NULL`), "she writes from it")
}

// What came by telephone or with a server's word for it proves the address; what was typed into a form, and mail that nobody
// vouches for, does not. A form may give more than one address, and never adds one to somebody known.
func TestWhatVerifiesAnAddress(t *testing.T) {
	t.Parallel()
	const mobile, other = "+393401234567", "+393407654321"
	text := func(m *Inbound) { m.From, m.Authentication = Address{Kind: "mobile", Value: mobile}, Authentication{} }
	form := func(phone string) func(*Inbound) {
		return func(m *Inbound) {
			m.FormID, m.Authentication = "assistenza", Authentication{Authority: "webform"}
			m.Parties = []Party{{Role: "reply_to", Address: Address{Kind: "mobile", Value: phone}}}
		}
	}
	cases := map[string]struct {
		changes []func(*Inbound)
		want    []string
	}{
		"mail that a server vouches for":     {[]func(*Inbound){nil}, []string{"email " + adaMail + " true"}},
		"mail that nobody vouches for":       {[]func(*Inbound){func(m *Inbound) { m.Authentication.Authenticated = false }}, []string{"email " + adaMail + " false"}},
		"a text message":                     {[]func(*Inbound){text}, []string{"mobile " + mobile + " true"}},
		"a form with two addresses":          {[]func(*Inbound){form(mobile)}, []string{"email " + adaMail + " false", "mobile " + mobile + " false"}},
		"a text from the number of the form": {[]func(*Inbound){form(mobile), text}, []string{"email " + adaMail + " false", "mobile " + mobile + " true"}},
		"a form in the name of somebody":     {[]func(*Inbound){nil, form(other)}, []string{"email " + adaMail + " true"}},
		"a form with a number of somebody":   {[]func(*Inbound){text, form(mobile)}, []string{"email " + adaMail + " false", "mobile " + mobile + " true"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupFiling(t)
			for _, change := range c.changes {
				b.deliver(t, b.mail(change))
			}
			rows, err := b.pool.Query(t.Context(), `
				SELECT kind || ' ' || value || ' ' || CASE WHEN verified_at IS NULL THEN 'false' ELSE 'true' END FROM contact_address ORDER BY 1`)
			require.NoError(t, err)
			got, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			people := count(t, b.pool, `SELECT count(*) FROM contact`)
			require.Equal(t, name == "a form with a number of somebody", people == 2)
		})
	}
}

func TestASubmissionIsAnsweredWithItsTicket(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.workers.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	e := b.mail(nil)
	first, err := b.journal.Submit(t.Context(), b.channel, e)
	require.NoError(t, err)
	require.Equal(t, OutcomeFiled, first.Outcome)
	again, err := b.journal.Submit(t.Context(), b.channel, e)
	require.NoError(t, err)
	require.Equal(t, Submission{Outcome: OutcomeDuplicate, Ticket: first.Ticket}, again)
}

func TestASubmissionThatWaitsGetsAReceipt(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	got, err := b.journal.Submit(t.Context(), b.channel, b.mail(nil))
	require.NoError(t, err)
	require.Equal(t, OutcomeReceived, got.Outcome)
	require.Regexp(t, `^[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}$`, got.Code)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM journal`))
}

func TestAQuarantinedItemIsAssignedByHand(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil),
		Event{ID: "x", Raw: Raw{Inline: []byte("raw")}, Unparsed: &Unparsed{Code: "charset"}},
		b.mail(func(m *Inbound) { m.Class, m.Subject = "list", "Notiziario" }))
	number := b.list(t)[0]
	list, _, err := b.journal.Quarantined(t.Context(), account.SystemScope(), EntryPage{Size: 50})
	require.NoError(t, err)
	require.Len(t, list, 2)
	for _, e := range list {
		m, err := b.workers.stages.Assign(t.Context(), account.SystemScope(), account.Actor{Name: "Anna"}, e.ID, number)
		require.NoError(t, err)
		found, err := b.tickets.Message(t.Context(), b.pool, account.SystemScope(), m)
		require.NoError(t, err)
		require.Equal(t, ticket.ReasonManual, found.Reason.Code)
		_, err = b.workers.stages.Assign(t.Context(), account.SystemScope(), account.Actor{}, e.ID, number)
		require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	}
	require.Len(t, b.messages(t, number), 4)
}
