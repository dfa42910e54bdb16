package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/live"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// desk is a whole hub behind the internal listener, without what runs by
// itself: two offices, an operator, an administrator, one mail channel.
type desk struct {
	face
	stores  Stores
	pool    *pgxpool.Pool
	clock   *deskClock
	channel id.Channel
	urp     id.Office
	taxes   id.Office
	lucia   account.Operator
	letters int
	again   *rereader
}

// Waits of tests that poll.
const (
	waitFor = 30 * time.Second
	tick    = 10 * time.Millisecond
)

const deskPassword = "tre civette sul comò"

// deskClock runs, and can be set ahead.
type deskClock struct{ ahead atomic.Int64 }

func (c *deskClock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *deskClock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// noWakeUps stands for the job queue: these tests look at what is due.
type noWakeUps struct{}

func (noWakeUps) Wake(context.Context, pgx.Tx, ...delivery.WakeUp) error { return nil }
func (noWakeUps) WakeOverdue(context.Context, pgx.Tx, id.Transmission, int, id.Replica) error {
	return nil
}

// rereader reads quarantined items again as the test says.
type rereader struct{ event *intake.Event }

func (r *rereader) Interpret(context.Context, id.Channel, intake.Raw) (intake.Event, error) {
	if r.event == nil {
		return intake.Event{Unparsed: &intake.Unparsed{Code: "still"}}, nil
	}
	return *r.event, nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	pool := pgtest.New(t)
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	blobs, err := blob.OpenFiles(t.TempDir())
	require.NoError(t, err)
	d := &desk{pool: pool, clock: &deskClock{}, channel: id.New[id.Channel](), again: &rereader{}}
	now := d.clock.now
	s := Stores{
		DB: pool, Accounts: account.New(pool, account.NewPasswords(2), ring, now), Tickets: ticket.NewStore(now), Contacts: contact.NewStore(),
		Offices: office.NewStore(), Channels: channel.NewStore(ring), Deliveries: delivery.NewStore(noWakeUps{}, now),
		Journal: intake.NewJournal(pool), Interpreter: d.again, Adapters: mailProvider{}, Blobs: blobs, Keys: ring,
		Live: live.NewHub(func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, pool.Config().ConnString()) },
			slog.New(slog.DiscardHandler)), Now: now, Log: slog.New(slog.DiscardHandler),
		Chain: audit.NewChain(pool, ring, filepath.Join(t.TempDir(), "head.json"), now), CheckAudit: func(context.Context, pgx.Tx) error { return nil },
	}
	tokens := thread.NewTokens(ring)
	s.Composer = delivery.NewComposer(delivery.ComposerParts{
		Pool: pool, Tickets: s.Tickets, Contacts: s.Contacts, Channels: s.Channels, Offices: s.Offices, Store: s.Deliveries,
		Tokens: tokens, Secrets: ticket.NewSecrets(ring), Now: now,
	})
	s.Routing = routing.NewStore(s.Offices, now)
	s.Stages = intake.NewStages(s.Journal, intake.Parts{
		Tickets: s.Tickets, Tokens: tokens, Contacts: s.Contacts, Channels: s.Channels,
		Deliveries: s.Deliveries, Composer: s.Composer, Routing: s.Routing, Policy: thread.DefaultPolicy(), Now: now,
	})
	d.stores = s
	d.furnish(t)
	d.work(t)
	around := Surroundings{DB: pool, Log: slog.New(slog.DiscardHandler), Now: now, Registry: prometheus.NewRegistry(), Audit: audit.NewLog(ring, now)}
	cfg := Config{Version: "1.2.3", UploadBytes: 1 << 20}
	handler, err := Internal(cfg, around, NewHandlers(cfg, s), s.Accounts, http.NotFoundHandler())
	require.NoError(t, err)
	d.face = face{t, handler}
	return d
}

// furnish adds the people, the offices and the channel.
func (d *desk) furnish(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	var err error
	require.NoError(t, d.stores.Offices.PutTown(ctx, d.pool, office.Town{Name: "Comune di Borgo Sereno", Zone: time.UTC, Languages: []string{"it", "en"}}))
	d.urp, err = d.stores.Offices.Add(ctx, d.pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	d.taxes, err = d.stores.Offices.Add(ctx, d.pool, office.Office{Slug: "tributi", Name: "Tributi"})
	require.NoError(t, err)
	d.lucia = d.person(t, "lucia", "Lucia Ferri", account.FirstLevel)
	d.person(t, "capo", "Carlo Capo", account.Administrator)
	require.NoError(t, d.stores.Offices.Join(ctx, d.pool, d.urp, d.lucia.ID))
	d.exec(t, `INSERT INTO channel (id, adapter, slug, name, office_id, health, ability, address_kind, address_value)
		VALUES ($1, 'email', 'posta', 'Posta URP', $2, 'healthy', $3, 'email', 'urp@comune.example')`, d.channel, d.urp,
		`{"capabilities":["ingest","send"],"reply_token":true,"authenticates_senders":true,
		  "limits":{"attachments":true,"html":true,"subject":true},"own":{"kind":"email","value":"urp@comune.example","name":"URP"}}`)
	d.exec(t, `INSERT INTO channel_lease (channel_id) VALUES ($1)`, d.channel)
}

// person adds somebody who signs in with deskPassword, whose hash costs the least that is read: most tests sign in.
func (d *desk) person(t *testing.T, login, name string, role account.Role) account.Operator {
	t.Helper()
	o, err := d.stores.Accounts.AddOperator(t.Context(), account.NewOperator{Login: login, Name: name, Role: role})
	require.NoError(t, err)
	salt, b64 := []byte("quindici e sedici"), base64.RawStdEncoding
	key := argon2.IDKey([]byte(deskPassword), salt, 1, 8, 1, 32)
	d.exec(t, `UPDATE operator SET password_hash = $2 WHERE id = $1`, o.ID,
		fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString(salt), b64.EncodeToString(key)))
	return o
}

// work files what comes in until the test ends.
func (d *desk) work(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- intake.NewWorkers(d.stores.Journal, d.stores.Stages, slog.New(slog.DiscardHandler)).Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

func (d *desk) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := d.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// signIn returns the cookie header of a new session.
func (d *desk) signIn(t *testing.T, login string) string {
	t.Helper()
	w := d.ask("POST", "/api/v1/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, deskPassword))
	require.Equal(t, 200, w.Code, "%s", w.Body)
	cookie, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
	require.NoError(t, err)
	return "Cookie: " + cookie.Name + "=" + cookie.Value
}

// letter is a mail of Ada's that equals no other.
func (d *desk) letter(text string, change func(*intake.Event)) intake.Event {
	d.letters++
	raw := fmt.Appendf(nil, "From: ada@posta.example\r\nSubject: Buca %d\r\n\r\n%s", d.letters, text)
	sum := sha256.Sum256(raw)
	e := intake.Event{
		ID: fmt.Sprintf("inbox/1/%d", d.letters), OccurredAt: time.Now(), Raw: intake.Raw{Inline: raw, MediaType: "message/rfc822"},
		Message: &intake.Inbound{
			From: intake.Address{Kind: "email", Value: "ada@posta.example", Name: "Ada Rossi"}, Subject: fmt.Sprintf("Buca in via Roma %d", d.letters),
			Parties: []intake.Party{{Role: "to", Address: intake.Address{Kind: "email", Value: "urp@comune.example"}}},
			Text:    text, Class: "human", Fingerprint: sum[:], Authentication: intake.Authentication{Authenticated: true, Authority: "mx.comune.example"},
			ExternalIDs: []intake.ExternalID{{Kind: "message_id", Value: fmt.Sprintf("<%d@posta.example>", d.letters), Issuer: "sender"}},
		},
	}
	if change != nil {
		change(&e)
	}
	return e
}

// receive journals and files a letter, and returns the number of its ticket.
func (d *desk) receive(t *testing.T, e intake.Event) string {
	t.Helper()
	var s intake.Submission
	require.Eventually(t, func() (filed bool) { // handing in the same again only waits on
		var err error
		s, err = d.stores.Journal.Submit(t.Context(), d.channel, e)
		return err == nil && !s.Ticket.IsZero()
	}, waitFor, tick)
	tk, err := d.stores.Tickets.ByID(t.Context(), d.pool, account.SystemScope(), s.Ticket)
	require.NoError(t, err)
	return string(tk.Number)
}

// decode reads a JSON answer.
func decode[T any](t *testing.T, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	require.Equal(t, status, w.Code, "%s", w.Body)
	var v T
	dec := json.NewDecoder(strings.NewReader(w.Body.String()))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&v), "%s", w.Body)
	return v
}

func (d *desk) messages(t *testing.T, number, who string) []api.Message {
	t.Helper()
	return decode[api.MessageList](t, d.ask("GET", "/api/v1/tickets/"+number+"/messages", "", who), 200).Items
}
