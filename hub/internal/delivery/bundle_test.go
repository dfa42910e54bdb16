package delivery_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// wakes remembers wake-ups; the provider below is the edge of the network. Both are fakes of what lies outside.
type wakes struct {
	mu  sync.Mutex
	all []wake
}

type wake struct {
	transmission id.Transmission
	attempt      int
	at           time.Time
}

func (w *wakes) Wake(_ context.Context, _ pgx.Tx, all ...delivery.WakeUp) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range all {
		w.all = append(w.all, wake{u.Transmission, u.Attempt, u.At})
	}
	return nil
}

func (w *wakes) WakeOverdue(ctx context.Context, tx pgx.Tx, t id.Transmission, attempt int, _ id.Replica) error {
	return w.Wake(ctx, tx, delivery.WakeUp{Transmission: t, Attempt: attempt, At: time.Now()})
}

func (w *wakes) last() wake { return w.all[len(w.all)-1] }

// provider is a fake of a provider behind an adapter: it answers as told and remembers what it was handed.
type provider struct {
	answer  func(delivery.Transmission) ([]delivery.Result, error)
	finding func(delivery.Transmission) (delivery.Finding, []delivery.Result, error)
	mu      sync.Mutex
	calls   []delivery.Transmission
}

func (p *provider) Transmit(_ context.Context, t delivery.Transmission) ([]delivery.Result, error) {
	p.mu.Lock()
	p.calls = append(p.calls, t)
	p.mu.Unlock()
	return p.answer(t)
}

func (p *provider) Lookup(_ context.Context, t delivery.Transmission, _ time.Time) (delivery.Finding, []delivery.Result, error) {
	return p.finding(t)
}

type plainText struct{}

func (plainText) Render(context.Context, id.Message, id.Channel) (delivery.Transmission, error) {
	return delivery.Transmission{Content: delivery.Content{Text: "Gentile cittadina, la buca sarà chiusa lunedì."}}, nil
}

// bundle is a ticket with one outbound message, on a channel whose reconcile class the test chooses.
type bundle struct {
	pool     *pgxpool.Pool
	wakes    *wakes
	provider *provider
	store    *delivery.Store
	worker   *delivery.Worker
	sweeper  *delivery.Sweeper
	clock    *clock
	ticket   id.Ticket
	channel  id.Channel
	message  id.Message
	replica  id.Replica
}

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func setup(t *testing.T, reconcile string) *bundle {
	t.Helper()
	b := &bundle{
		pool: pgtest.New(t), wakes: &wakes{}, provider: &provider{answer: accept}, clock: &clock{time.Now().UTC().Truncate(time.Microsecond)},
		ticket: id.New[id.Ticket](), channel: id.New[id.Channel](), message: id.New[id.Message](), replica: id.New[id.Replica](),
	}
	log := slog.New(slog.DiscardHandler)
	b.store = delivery.NewStore(b.wakes, b.clock.now)
	b.worker = delivery.NewWorker(b.pool, b.store, plainText{}, b.provider, b.replica, log)
	b.sweeper = delivery.NewSweeper(b.pool, b.store, plainText{}, b.provider, b.replica, "uno", log)
	office := id.New[id.Office]()
	b.exec(t, `INSERT INTO office (id, slug, name) VALUES ($1, 'urp', 'URP')`, office)
	b.exec(t, `INSERT INTO channel (id, adapter, slug, name, ability) VALUES ($1, 'email', 'posta', 'Posta', jsonb_build_object('reconcile', $2::text))`,
		b.channel, reconcile)
	b.exec(t, `INSERT INTO ticket (id, number, office_id, last_message_at) VALUES ($1, '2026-000001-4', $2, now())`, b.ticket, office)
	b.newMessage(t, b.message)
	return b
}

// onNewTicket goes on with a message on a ticket of its own.
func (b *bundle) onNewTicket(t *testing.T) {
	t.Helper()
	b.ticket, b.message = id.New[id.Ticket](), id.New[id.Message]()
	b.exec(t, `INSERT INTO ticket (id, number, office_id, last_message_at) SELECT $1::uuid, $1::text, id, now() FROM office`, b.ticket)
	b.newMessage(t, b.message)
}

func (b *bundle) newMessage(t *testing.T, m id.Message) {
	t.Helper()
	b.exec(t, `INSERT INTO message (id, ticket_id, direction, origin) VALUES ($1, $2, 'outbound', 'operator')`, m, b.ticket)
}

func (b *bundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// enqueue makes the deliveries of the bundle's message to the addresses, all in one transmission.
func (b *bundle) enqueue(t *testing.T, m id.Message, addresses ...string) (id.Transmission, []id.Delivery) {
	t.Helper()
	o := delivery.Outgoing{Message: m, Ticket: b.ticket, Channel: b.channel, Together: len(addresses)}
	for _, a := range addresses {
		o.Recipients = append(o.Recipients, delivery.Recipient{Kind: "email", Value: a})
	}
	var ids []id.Delivery
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) (err error) {
		ids, err = b.store.Enqueue(t.Context(), tx, o)
		return err
	}))
	return b.wakes.last().transmission, ids
}

func (b *bundle) attempt(t *testing.T, x id.Transmission, n int) time.Duration {
	t.Helper()
	wait, err := b.worker.Attempt(t.Context(), x, n)
	require.NoError(t, err)
	return wait
}

func (b *bundle) state(t *testing.T, d id.Delivery) (s delivery.State) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT state FROM delivery WHERE id = $1`, d).Scan(&s))
	return s
}

// lose leaves an attempt as a killed hub would: committed, begun by a replica of which nothing is heard.
func (b *bundle) lose(t *testing.T, x id.Transmission, n int) {
	t.Helper()
	b.exec(t, `UPDATE delivery SET state = 'sending', attempt = $2, next_attempt_at = NULL WHERE transmission_id = $1`, x, n)
	b.exec(t, `INSERT INTO attempt (transmission_id, n, replica, deadline) VALUES ($1, $2, $3, now() + interval '1 minute')`,
		x, n, id.New[id.Replica]())
}

func accept(x delivery.Transmission) ([]delivery.Result, error) {
	var all []delivery.Result
	for _, r := range x.Recipients {
		all = append(all, delivery.Result{Delivery: r.Delivery, State: delivery.Accepted})
	}
	return all, nil
}

func refuse(f delivery.Failure) func(delivery.Transmission) ([]delivery.Result, error) {
	return func(x delivery.Transmission) ([]delivery.Result, error) {
		var all []delivery.Result
		for _, r := range x.Recipients {
			all = append(all, delivery.Result{Delivery: r.Delivery, Failure: &f})
		}
		return all, nil
	}
}
