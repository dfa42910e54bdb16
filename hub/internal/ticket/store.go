package ticket

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// Store keeps tickets. Its methods work in the caller's transaction and never begin their own; those that show
// something take the Scope of whoever asks.
type Store struct {
	now  func() time.Time
	book *office.Book
}

// NewStore returns a store with this clock.
func NewStore(now func() time.Time) *Store { return &Store{now: now, book: office.NewBook(now)} }

// Book keeps the terms by which tickets are due.
func (s *Store) Book() *office.Book { return s.book }

// clock gives the time as PostgreSQL keeps it, so that what is returned equals what is read later.
func (s *Store) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// inScope is the condition that keeps tickets out of sight; $1 to $3 are the scope.
const inScope = `((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)`

// Get reads a ticket by its number as people type it. A ticket joined to another answers with the one to go on with.
func (s *Store) Get(ctx context.Context, db postgres.Querier, scope account.Scope, number string) (*Ticket, error) {
	n, err := ParseNumber(number)
	if err != nil {
		return nil, fault.NotFound("no ticket has this number")
	}
	return s.one(ctx, db, scope, `t.id = (SELECT ticket_root(n.id) FROM ticket n WHERE n.number = $4)`, n)
}

// ByID reads a ticket; one joined to another answers with the one to go on with.
func (s *Store) ByID(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	return s.one(ctx, db, scope, `t.id = ticket_root($4)`, ticket)
}

// Standing reads many tickets: for each one asked for, the one to go on with. Those that are out of scope are left out.
func (s *Store) Standing(ctx context.Context, db postgres.Querier, scope account.Scope, tickets []id.Ticket) (map[id.Ticket]*Ticket, error) {
	const query = `SELECT a.id AS asked, ` + Columns + ` FROM unnest($4::uuid[]) AS a (id)
		JOIN ticket t ON t.id = ticket_root(a.id) WHERE ` + inScope
	rows, err := db.Query(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), tickets)
	if err != nil {
		return nil, fmt.Errorf("reading tickets: %w", err)
	}
	type answer struct {
		Asked id.Ticket `db:"asked"`
		Ticket
	}
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[answer])
	if err != nil {
		return nil, fmt.Errorf("reading tickets: %w", err)
	}
	standing := make(map[id.Ticket]*Ticket, len(found))
	for _, f := range found {
		standing[f.Asked] = &f.Ticket
	}
	return standing, nil
}

// Exact reads a ticket even when it was joined to another. It is in scope when the one to go on with is.
func (s *Store) Exact(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	const query = `SELECT ` + Columns + ` FROM ticket t JOIN ticket r ON r.id = ticket_root(t.id)
		WHERE ((r.office_id = ANY($2)) <> $1 OR r.shared_with && $3) AND t.id = $4`
	return s.collect(ctx, db, scope, query, ticket)
}

// Numbered reads the very ticket of a number, even when it was joined to another; see Exact.
func (s *Store) Numbered(ctx context.Context, db postgres.Querier, scope account.Scope, n Number) (*Ticket, error) {
	const query = `SELECT ` + Columns + ` FROM ticket t JOIN ticket r ON r.id = ticket_root(t.id)
		WHERE ((r.office_id = ANY($2)) <> $1 OR r.shared_with && $3) AND t.number = $4`
	return s.collect(ctx, db, scope, query, n)
}

// Lock reads a ticket and holds it against changes until the transaction ends; joins are followed.
func (s *Store) Lock(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket) (*Ticket, error) {
	locked, err := s.LockEach(ctx, tx, scope, []id.Ticket{ticket})
	return locked[ticket], err
}

// LockEach is Lock for many, as a map from the tickets asked for to those to go on with. Rows are locked in the order of
// their ids, so that two who lock the same tickets do not wait for each other for ever.
func (s *Store) LockEach(ctx context.Context, tx pgx.Tx, scope account.Scope, tickets []id.Ticket) (map[id.Ticket]*Ticket, error) {
	found, locked, missing := map[id.Ticket]*Ticket{}, map[id.Ticket]*Ticket{}, tickets
	// Asked again after the lock is held: a ticket may have been joined to another while this one waited.
	for range maxJoinDepth {
		more, err := s.lockAll(ctx, tx, missing...)
		if err != nil {
			return nil, err
		}
		maps.Copy(locked, more)
		missing = nil
		for _, asked := range tickets {
			t, ok := follow(locked, asked)
			if !ok {
				missing = append(missing, t)
				continue
			}
			if found[asked] = locked[t]; locked[t] == nil || !locked[t].within(scope) {
				return nil, locked[t].missing(scope)
			}
		}
		if len(missing) == 0 {
			return found, nil
		}
	}
	return nil, fmt.Errorf("following the joins of a ticket: more than %d in a row", maxJoinDepth)
}

// follow goes from a ticket to the one it was joined to, as far as they are locked; ok says that nothing leads further.
func follow(locked map[id.Ticket]*Ticket, t id.Ticket) (last id.Ticket, ok bool) {
	for held := locked[t]; held != nil && !held.MergedInto.IsZero(); held = locked[t] {
		if t = held.MergedInto; locked[t] == nil {
			return t, false
		}
	}
	return t, true
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

func (s *Store) one(ctx context.Context, db postgres.Querier, scope account.Scope, where string, key any) (*Ticket, error) {
	query := `SELECT ` + Columns + ` FROM ticket t WHERE ` + inScope + ` AND ` + where
	return s.collect(ctx, db, scope, query, key)
}

func (s *Store) collect(ctx context.Context, db postgres.Querier, scope account.Scope, query string, key any) (*Ticket, error) {
	rows, err := db.Query(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), key)
	if err != nil {
		return nil, fmt.Errorf("reading a ticket: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Ticket])
	if postgres.IsNoRows(err) {
		return nil, scope.Missing(fault.NotFound("no such ticket"), func(sight account.Scope) error {
			_, err := s.collect(ctx, db, sight, query, key)
			return err
		})
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
	// Priority unset is the normal one.
	Priority Priority
	// Routed says which rule chose the office; unset when none did.
	Routed Routed
	// Type is the code of a request type, empty for none.
	Type string
	// Tags are those that the rule gave, at most MaxTags.
	Tags []Tag
}

// Create opens a ticket and returns it locked; its first message follows with AddInbound, AddOutbound or AddNote.
func (s *Store) Create(ctx context.Context, tx pgx.Tx, by account.Actor, o Opening) (*Ticket, error) {
	if o.At.IsZero() {
		o.At = s.clock()
	}
	numbers, err := s.Numbers(ctx, tx, []time.Time{o.At})
	if err != nil {
		return nil, err
	}
	f := s.NewFiling()
	t := f.Open(by, numbers[0], o)
	return t, f.Write(ctx, tx)
}

// Numbers takes a new number for each of the times, in the year that the town's clocks show then.
func (s *Store) Numbers(ctx context.Context, tx pgx.Tx, at []time.Time) ([]Number, error) {
	const query = `
		SELECT y, next_ticket_sequence(y)
		FROM (SELECT extract(year FROM a.at AT TIME ZONE coalesce((SELECT time_zone FROM town), 'Europe/Rome'))::int AS y
		      FROM unnest($1::timestamptz[]) WITH ORDINALITY AS a (at, position) ORDER BY a.position) AS clock`
	rows, err := tx.Query(ctx, query, at)
	if err != nil {
		return nil, fmt.Errorf("taking ticket numbers: %w", err)
	}
	numbers := make([]Number, 0, len(at))
	var year int
	var sequence int64
	_, err = pgx.ForEachRow(rows, []any{&year, &sequence}, func() error {
		numbers = append(numbers, FormatNumber(year, sequence))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("taking ticket numbers: %w", err)
	}
	return numbers, nil
}
