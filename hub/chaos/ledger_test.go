package chaos

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/pgtest"
)

// ledger is the oracle's own database, on a server that nobody kills. What was
// done is written here before its effect on the hub is looked at.
type ledger struct{ pool *pgxpool.Pool }

const ledgerSchema = `
CREATE TABLE letter (
    marker      text PRIMARY KEY,
    citizen     text NOT NULL,
    mailbox     text NOT NULL,
    form        text NOT NULL,
    message_id  text NOT NULL,
    ticket      text NOT NULL,      -- where it must appear; '' for a new ticket
    copies      int NOT NULL,       -- how often it was delivered
    accepted_at timestamptz         -- when the mail exchanger had accepted it
);
CREATE TABLE reply (
    marker       text PRIMARY KEY,
    ticket       text NOT NULL,
    key          text NOT NULL,
    expert       text NOT NULL,      -- whom it asks; '' for a reply to the citizen
    written_at   timestamptz NOT NULL,
    confirmed_at timestamptz,        -- when the hub had answered that it keeps it
    message      text NOT NULL DEFAULT ''
);
CREATE TABLE kill (
    n      int PRIMARY KEY,
    target text NOT NULL,
    how    text NOT NULL,
    at     timestamptz NOT NULL
);
CREATE TABLE sighting (
    marker  text PRIMARY KEY,
    ticket  text NOT NULL,
    seen_at timestamptz NOT NULL     -- when the oracle first saw it through the API
);`

func newLedger(t *testing.T) *ledger {
	t.Helper()
	pool := pgtest.Pool(t, pgtest.EmptyURL(t))
	_, err := pool.Exec(t.Context(), ledgerSchema)
	require.NoError(t, err)
	return &ledger{pool: pool}
}

func (l *ledger) write(ctx context.Context, sql string, args ...any) error {
	if _, err := l.pool.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}

// sending notes a letter before it leaves.
func (l *ledger) sending(ctx context.Context, x *letter) error {
	return l.write(ctx, `INSERT INTO letter (marker, citizen, mailbox, form, message_id, ticket, copies) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		x.marker, x.citizen, x.box.address, x.form, x.id, x.ticket)
}

// accepted notes each copy that the mail exchanger took.
func (l *ledger) accepted(ctx context.Context, marker string, at time.Time) error {
	return l.write(ctx, `UPDATE letter SET copies = copies + 1, accepted_at = coalesce(accepted_at, $2) WHERE marker = $1`, marker, at)
}

// filed notes where a receipt says that a form is.
func (l *ledger) filed(ctx context.Context, marker, ticket string) error {
	return l.write(ctx, `UPDATE letter SET ticket = $2 WHERE marker = $1`, marker, ticket)
}

// replying notes a reply before it is handed in.
func (l *ledger) replying(ctx context.Context, r *answer) error {
	return l.write(ctx, `INSERT INTO reply (marker, ticket, key, expert, written_at) VALUES ($1, $2, $3, $4, $5)`, r.marker, r.ticket, r.key, r.expert, time.Now())
}

func (l *ledger) confirmed(ctx context.Context, marker, message string) error {
	return l.write(ctx, `UPDATE reply SET confirmed_at = $2, message = $3 WHERE marker = $1`, marker, time.Now(), message)
}

func (l *ledger) killed(ctx context.Context, k kill) error {
	return l.write(ctx, `INSERT INTO kill (n, target, how, at) SELECT count(*) + 1, $1, $2, $3 FROM kill`, k.Target, k.How, k.At)
}

func (l *ledger) seen(ctx context.Context, marker, ticket string) error {
	return l.write(ctx, `INSERT INTO sighting VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, marker, ticket, time.Now())
}

// entry is a letter as the ledger knows it.
type entry struct {
	Marker, Citizen, Mailbox, Form, Ticket string
	MessageID                              string `db:"message_id"`
	Copies                                 int
	AcceptedAt                             *time.Time `db:"accepted_at"`
	SeenAt                                 *time.Time `db:"seen_at"`
}

// letters are those that were accepted, in order.
func (l *ledger) letters(ctx context.Context) ([]entry, error) {
	return collect[entry](ctx, l, `SELECT letter.*, seen_at FROM letter LEFT JOIN sighting USING (marker) WHERE copies > 0 ORDER BY accepted_at`)
}

// answer is a reply that an operator wrote, or a question to an expert.
type answer struct {
	marker, ticket, key, expert string
}

// replied is a reply as the ledger knows it.
type replied struct {
	Marker, Ticket, Expert, Message string
	WrittenAt                       time.Time  `db:"written_at"`
	ConfirmedAt                     *time.Time `db:"confirmed_at"`
}

func (l *ledger) replies(ctx context.Context) ([]replied, error) {
	return collect[replied](ctx, l, `SELECT marker, ticket, expert, message, written_at, confirmed_at FROM reply ORDER BY written_at`)
}

// kill is one SIGKILL.
type kill struct {
	Target, How string
	At          time.Time
}

func (l *ledger) kills(ctx context.Context) ([]kill, error) {
	return collect[kill](ctx, l, `SELECT target, how, at FROM kill ORDER BY n`)
}

func collect[T any](ctx context.Context, l *ledger, sql string) ([]T, error) {
	rows, err := l.pool.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[T])
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	return list, nil
}
