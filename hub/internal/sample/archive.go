package sample

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/postgres"
)

// MessagesPerTicket is how many messages a ticket of an archive has, on average; every ten tickets have exactly ten
// times as many.
const MessagesPerTicket = 5

// Contents is what a database holds already.
type Contents struct{ Tickets, Messages int64 }

// Held counts what is there.
func Held(ctx context.Context, db postgres.Querier) (Contents, error) {
	var c Contents
	err := db.QueryRow(ctx, `SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM message)`).Scan(&c.Tickets, &c.Messages)
	if err != nil {
		return c, fmt.Errorf("counting what is there: %w", err)
	}
	return c, nil
}

// Archive writes years of a town's tickets at once, by COPY: a million in minutes. What it writes depends on its seed
// and the time alone.
type Archive struct {
	pool    *pgxpool.Pool
	town    *largeTown
	stories *stories
	// say tells how far it is.
	say func(format string, args ...any)
}

// Span is how many tickets an archive holds, and over how many years until now they are spread; another seed makes others.
type Span struct {
	Tickets, Years int
	Seed           uint64
	Now            time.Time
}

// NewArchive raises what a town of 200,000 has beside the sample town (offices, operators, channels) and plans the
// tickets.
func NewArchive(ctx context.Context, p Parts, town *Town, span Span, say func(string, ...any)) (*Archive, error) {
	large, err := grow(ctx, p, town)
	if err != nil {
		return nil, err
	}
	return &Archive{pool: p.Pool, town: large, stories: newStories(large, span), say: say}, nil
}

// Write fills the tables in one transaction: whoever stops it finds the database as it was. Meanwhile nobody else can
// use these tables.
func (a *Archive) Write(ctx context.Context) error {
	return postgres.InTx(ctx, a.pool, func(tx pgx.Tx) error {
		// Sorting for indexes is what memory helps; the limits of a request do not fit here.
		_, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
			SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '128MB'`)
		if err != nil {
			return fmt.Errorf("preparing the transaction: %w", err)
		}
		bare, err := strip(ctx, tx, archived)
		if err != nil {
			return err
		}
		for _, t := range a.tables() {
			if err := a.fill(ctx, tx, t); err != nil {
				return err
			}
		}
		if err := a.stories.number(ctx, tx); err != nil {
			return err
		}
		return bare.dress(ctx, tx, a.say)
	})
}

// table is how the stories become rows of one table.
type table struct {
	name, columns string
	// many is how many calls of rows there are.
	many int
	rows func(r *rows, i int)
}

// progressEvery is how many rows lie between two lines of progress.
const progressEvery = 1_000_000

// fill sends all rows of a table; rows frozen at birth need no vacuum.
func (a *Archive) fill(ctx context.Context, tx pgx.Tx, t table) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, in := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := a.send(ctx, in, t)
		sent <- err
		in.CloseWithError(err)
	}()
	began := time.Now()
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, out, "COPY "+t.name+" ("+t.columns+") FROM STDIN (FREEZE)")
	out.CloseWithError(io.ErrClosedPipe)
	if broken := <-sent; err == nil {
		err = broken
	}
	if err != nil {
		return fmt.Errorf("filling the table %s: %w", t.name, err)
	}
	a.say("%s: %d rows in %s", t.name, tag.RowsAffected(), time.Since(began).Round(100*time.Millisecond))
	return nil
}

// send writes the rows in portions of about a quarter of a megabyte.
func (a *Archive) send(ctx context.Context, to io.Writer, t table) error {
	const portion = 256 << 10
	r := &rows{buf: make([]byte, 0, portion+portion/4)}
	told := progressEvery
	for i := range t.many {
		t.rows(r, i)
		if len(r.buf) < portion && i < t.many-1 {
			continue
		}
		if _, err := to.Write(r.buf); err != nil {
			return err
		}
		r.buf = r.buf[:0]
		if r.count >= told && i < t.many-1 {
			a.say("%s: %d rows, %d %%", t.name, r.count, 100*i/t.many)
			told += progressEvery
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
