package delivery

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Caps on automatic messages to one address: two of a kind an hour on one ticket, five a day in all.
const (
	automaticPerTicketHour = 2
	automaticPerDay        = 5
)

// Automatic is a message of the hub's own to an address, to be counted.
type Automatic struct {
	Kind, Value string
	Ticket      id.Ticket
	What        string
}

const (
	// The locks come as a statement of its own: the one after it sees what was booked while they were waited for.
	lockAutomatic = `SELECT pg_advisory_xact_lock(hashtextextended(k, 7302)) FROM unnest($1::text[]) AS k`
	countSent     = `
		SELECT a.n, s.hour, s.day
		FROM unnest($1::int[], $2::text[], $3::text[], $4::uuid[], $5::text[]) AS a (n, kind, value, ticket_id, what)
		CROSS JOIN LATERAL (
		    SELECT count(*) FILTER (WHERE at > clock_timestamp() - interval '1 hour' AND ticket_id = a.ticket_id AND automatic_message.kind = a.what) AS hour,
		           count(*) FILTER (WHERE at > clock_timestamp() - interval '1 day') AS day
		    FROM automatic_message
		    WHERE address_kind = a.kind AND address_value = a.value AND at > clock_timestamp() - interval '1 day') s`
)

// MayWrite tells which automatic messages the caps allow, all of them together. Who writes one books it in the same
// transaction; until then others who ask for the same addresses wait.
func (s *Store) MayWrite(ctx context.Context, tx pgx.Tx, wanted []Automatic) ([]bool, error) {
	var r postgres.Rows
	keys := make([]string, len(wanted))
	for i, a := range wanted {
		keys[i] = a.Kind + " " + a.Value
		r.Add(i, a.Kind, a.Value, a.Ticket, a.What)
	}
	slices.Sort(keys)
	hour, day := make([]int, len(wanted)), make([]int, len(wanted))
	b := &pgx.Batch{}
	b.Queue(lockAutomatic, slices.Compact(keys))
	b.Queue(countSent, r.Args()...).Query(func(rows pgx.Rows) error {
		var n, inHour, inDay int
		_, err := pgx.ForEachRow(rows, []any{&n, &inHour, &inDay}, func() error {
			hour[n], day[n] = inHour, inDay
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("counting automatic messages: %w", err)
	}
	may := make([]bool, len(wanted))
	for i := range wanted {
		for k := range i {
			if may[k] && wanted[k].Kind == wanted[i].Kind && wanted[k].Value == wanted[i].Value {
				day[i]++
				if wanted[k].Ticket == wanted[i].Ticket && wanted[k].What == wanted[i].What {
					hour[i]++
				}
			}
		}
		may[i] = hour[i] < automaticPerTicketHour && day[i] < automaticPerDay
	}
	return may, nil
}

// Book counts automatic messages against the caps.
func (s *Store) Book(ctx context.Context, tx pgx.Tx, written []Automatic) error {
	var r postgres.Rows
	for _, a := range written {
		r.Add(id.New[id.Entry](), a.Kind, a.Value, a.Ticket, a.What)
	}
	const insert = `
		INSERT INTO automatic_message (id, address_kind, address_value, ticket_id, kind)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])`
	if _, err := tx.Exec(ctx, insert, r.Args()...); err != nil {
		return fmt.Errorf("booking automatic messages: %w", err)
	}
	return nil
}
