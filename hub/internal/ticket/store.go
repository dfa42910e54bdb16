package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Store keeps tickets. Its methods work in the caller's transaction and never begin their own; those that show
// something take the Scope of whoever asks.
type Store struct {
	now func() time.Time
}

// NewStore returns a store with this clock.
func NewStore(now func() time.Time) *Store { return &Store{now: now} }

// clock gives the time as PostgreSQL keeps it, so that what is returned equals what is read later.
func (s *Store) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// inScope is the condition that keeps tickets out of sight; $1 and $2 are the scope.
const inScope = `($1 OR t.office_id = ANY($2))`

// Get reads a ticket by its number as people type it. A ticket joined to another answers with the one to go on with.
func (s *Store) Get(ctx context.Context, db postgres.Querier, scope account.Scope, number string) (*Ticket, error) {
	n, err := ParseNumber(number)
	if err != nil {
		return nil, fault.NotFound("no ticket has this number")
	}
	return s.one(ctx, db, scope, `t.id = (SELECT ticket_root(n.id) FROM ticket n WHERE n.number = $3)`, n)
}

// ByID reads a ticket; one joined to another answers with the one to go on with.
func (s *Store) ByID(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	return s.one(ctx, db, scope, `t.id = ticket_root($3)`, ticket)
}

// Exact reads a ticket even when it was joined to another. It is in scope when the one to go on with is.
func (s *Store) Exact(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	const query = `SELECT ` + ticketColumns + ` FROM ticket t JOIN ticket r ON r.id = ticket_root(t.id)
		WHERE ($1 OR r.office_id = ANY($2)) AND t.id = $3`
	return s.collect(ctx, db, query, scope.All(), scope.Offices(), ticket)
}

// Lock reads a ticket and holds it against changes until the transaction ends; joins are followed.
func (s *Store) Lock(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	// Asked again after the lock is held: the ticket may have been joined to another while this one waited.
	for range maxJoinDepth {
		t, err := s.lockExact(ctx, tx, scope, ticket)
		if err != nil {
			return nil, err
		}
		if t.MergedInto.IsZero() {
			return t, nil
		}
		ticket = t.MergedInto
	}
	return nil, fmt.Errorf("following the joins of a ticket: more than %d in a row", maxJoinDepth)
}

// maxJoinDepth is how many joins in a row are followed.
const maxJoinDepth = 100

// LockNumber is Lock by the number as people type it.
func (s *Store) LockNumber(ctx context.Context, tx pgx.Tx, scope account.Scope, number string) (*Ticket, error) {
	t, err := s.Get(ctx, tx, scope, number)
	if err != nil {
		return nil, err
	}
	return s.Lock(ctx, tx, scope, t.ID)
}

// lockExact holds the very row. A joined ticket is in scope here: the one it leads to is checked instead.
func (s *Store) lockExact(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	const query = `SELECT ` + ticketColumns + ` FROM ticket t
		WHERE (` + inScope + ` OR t.merged_into IS NOT NULL) AND t.id = $3 FOR NO KEY UPDATE`
	return s.collect(ctx, tx, query, scope.All(), scope.Offices(), ticket)
}

func (s *Store) one(ctx context.Context, db postgres.Querier, scope account.Scope, where string, key any) (*Ticket, error) {
	query := `SELECT ` + ticketColumns + ` FROM ticket t WHERE ` + inScope + ` AND ` + where
	return s.collect(ctx, db, query, scope.All(), scope.Offices(), key)
}

func (s *Store) collect(ctx context.Context, db postgres.Querier, query string, args ...any) (*Ticket, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading a ticket: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Ticket])
	if postgres.IsNoRows(err) {
		return nil, fault.NotFound("no such ticket")
	}
	if err != nil {
		return nil, fmt.Errorf("reading a ticket: %w", err)
	}
	return t, nil
}

// Opening is what a new ticket starts with.
type Opening struct {
	Subject  string
	Office   id.Office
	Contact  id.Contact
	Language string
	// At is when the citizen turned to the town; the unset time is now. Its year, on the town's clocks, is the number's.
	At time.Time
}

const insertTicket = `
	INSERT INTO ticket (id, number, subject, status, priority, office_id, contact_id, language, last_message_at,
	                    retention_class, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $11)`

// Create opens a ticket and returns it locked; its first message follows with AddInbound, AddOutbound or AddNote.
func (s *Store) Create(ctx context.Context, tx pgx.Tx, by account.Actor, o Opening) (*Ticket, error) {
	now := s.clock()
	if o.At.IsZero() {
		o.At = now
	}
	number, err := s.nextNumber(ctx, tx, o.At)
	if err != nil {
		return nil, err
	}
	at := o.At.UTC().Truncate(time.Microsecond)
	t := &Ticket{
		ID: id.New[id.Ticket](), Number: number, Subject: cutRunes(clean(o.Subject), maxSubject), Status: StatusNew,
		Priority: PriorityNormal, Office: o.Office, Contact: o.Contact, Language: o.Language, LastMessageAt: at,
		SecretVersion: 1, RetentionClass: "ordinary", Version: 1, CreatedAt: at, UpdatedAt: now,
	}
	b := &pgx.Batch{}
	b.Queue(insertTicket, t.ID, t.Number, t.Subject, t.Status, t.Priority, t.Office, t.Contact, t.Language, at,
		t.RetentionClass, now)
	record(b, t.ID, actorOf(by), now, EventOpened, map[string]string{"number": string(number)})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("opening a ticket: %w", err)
	}
	return t, nil
}

// nextNumber counts in the year that the town's clocks show.
func (s *Store) nextNumber(ctx context.Context, tx pgx.Tx, at time.Time) (Number, error) {
	const query = `
		SELECT y, next_ticket_sequence(y)
		FROM (SELECT extract(year FROM $1::timestamptz AT TIME ZONE
		             coalesce((SELECT time_zone FROM town), 'Europe/Rome'))::int AS y) AS clock`
	var year int
	var sequence int64
	if err := tx.QueryRow(ctx, query, at).Scan(&year, &sequence); err != nil {
		return "", fmt.Errorf("taking a ticket number: %w", err)
	}
	return FormatNumber(year, sequence), nil
}
