package routing

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Bounds of one pass: what one office is given, and the transactions in which absent people's tickets go back.
const (
	mostGiven    = 50
	mostReturned = 50
)

// officeLock is the class of the advisory locks under which offices are shared out: one replica at a time does one.
const officeLock = 1397248836

// ShareOut puts what waits for absent people, or for such as work there no more, back into the queue, then gives out what nobody has at the offices that have
// it done automatically. Replicas may do it at the same time.
func (r *Roster) ShareOut(ctx context.Context, pool *pgxpool.Pool) error {
	today, err := r.Today(ctx, pool)
	if fault.Kind(err) == fault.CodeNotFound {
		return nil // the town is not set up
	}
	if err != nil {
		return err
	}
	if err := forgetAbsences(ctx, pool, today); err != nil {
		return err
	}
	away, err := r.AwayNow(ctx, pool)
	if err != nil {
		return err
	}
	if err := returned(ctx, pool, func(tx pgx.Tx) (bool, error) { return r.tickets.ReturnUnseen(ctx, tx) }); err != nil {
		return err
	}
	if err := r.returnFrom(ctx, pool, away); err != nil {
		return err
	}
	offices, err := r.openAutomatic(ctx, pool)
	if err != nil {
		return err
	}
	for _, o := range offices {
		for range mostGiven {
			var given bool
			err := postgres.InTx(ctx, pool, func(tx pgx.Tx) (err error) {
				given, err = r.giveOne(ctx, tx, o, today)
				return err
			})
			if err != nil {
				return err
			}
			if !given {
				break
			}
		}
	}
	return nil
}

func (r *Roster) returnFrom(ctx context.Context, pool *pgxpool.Pool, away map[id.Operator]time.Time) error {
	list := slices.Collect(maps.Keys(away))
	if len(list) == 0 {
		return nil
	}
	return returned(ctx, pool, func(tx pgx.Tx) (bool, error) { return r.tickets.ReturnFrom(ctx, tx, list) })
}

// returned puts back portion by portion, each in a transaction of its own.
func returned(ctx context.Context, pool *pgxpool.Pool, portion func(pgx.Tx) (more bool, err error)) error {
	for range mostReturned {
		more := false
		err := postgres.InTx(ctx, pool, func(tx pgx.Tx) (err error) {
			more, err = portion(tx)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// openAutomatic lists the offices that have their work given out and are open now.
func (r *Roster) openAutomatic(ctx context.Context, q postgres.Querier) ([]id.Office, error) {
	rows, err := q.Query(ctx, `SELECT o.id FROM office_distribution d JOIN office o ON o.id = d.office_id AND o.active
		WHERE d.mode = 'automatic' ORDER BY o.id`)
	if err != nil {
		return nil, fmt.Errorf("listing offices that share out: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[id.Office])
	if err != nil {
		return nil, fmt.Errorf("listing offices that share out: %w", err)
	}
	if len(all) == 0 {
		return nil, nil
	}
	calendars, err := r.offices.Calendars(ctx, q)
	if err != nil {
		return nil, err
	}
	now := r.now()
	return slices.DeleteFunc(all, func(o id.Office) bool { return calendars.For(o).Between(now, now.Add(time.Second)) == 0 }), nil
}

// giveOne gives the next ticket of an office to whoever has least to do; nothing when none waits or nobody has room.
func (r *Roster) giveOne(ctx context.Context, tx pgx.Tx, office id.Office, today time.Time) (bool, error) {
	var mine bool
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1, hashtext($2::text))`, officeLock, office.String()).Scan(&mine); err != nil {
		return false, fmt.Errorf("holding an office: %w", err)
	}
	if !mine {
		return false, nil
	}
	free, err := r.present(ctx, tx, office, today, ` FOR NO KEY UPDATE OF o`)
	if err != nil || len(free) == 0 {
		return false, err
	}
	to, ok := least(free)
	if !ok {
		return false, nil
	}
	given, err := r.tickets.GiveNext(ctx, tx, account.SystemScope(), office, to.ID)
	return given != nil, err
}

// hand is somebody who can be given work.
type hand struct {
	ID   id.Operator
	Name string
	// load of at most limit tickets waits for them.
	load, limit int
}

// present lists first level and back office of an office who are not away, with what waits for them. Whether they are
// signed in is not looked at: it is kept nowhere.
func (r *Roster) present(ctx context.Context, q postgres.Querier, office id.Office, today time.Time, lock string) ([]hand, error) {
	rows, err := q.Query(ctx, `
		SELECT o.id, o.name, coalesce(o.capacity, 0), coalesce((SELECT d.capacity FROM office_distribution d WHERE d.office_id = $1), 0)
		FROM operator o
		WHERE o.id IN (SELECT m.operator_id FROM office_member m WHERE m.office_id = $1)
		  AND o.active AND o.role IN ('first_level', 'back_office')
		  AND NOT EXISTS (SELECT FROM absence a WHERE a.operator_id = o.id AND a.from_day <= $2 AND a.to_day >= $2)
		ORDER BY o.id`+lock, office, today)
	if err != nil {
		return nil, fmt.Errorf("looking who is there: %w", err)
	}
	var list []hand
	var ids []id.Operator
	var h hand
	var own, common int
	_, err = pgx.ForEachRow(rows, []any{&h.ID, &h.Name, &own, &common}, func() error {
		h.limit = limit(own, common)
		list, ids = append(list, h), append(ids, h.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking who is there: %w", err)
	}
	load, err := r.tickets.Load(ctx, q, account.SystemScope(), ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].load = load[list[i].ID]
	}
	return list, nil
}

// least finds who has least to do among those with room; of several one by lot, so that nobody comes first every morning.
func least(list []hand) (hand, bool) {
	var best []hand
	for _, h := range list {
		switch {
		case h.load >= h.limit || len(best) > 0 && h.load > best[0].load:
		case len(best) > 0 && h.load == best[0].load:
			best = append(best, h)
		default:
			best = []hand{h}
		}
	}
	if len(best) == 0 {
		return hand{}, false
	}
	return best[rand.IntN(len(best))], true
}

// Share is a ticket that would be given out, and to whom; To is empty when nobody has room.
type Share struct {
	Ticket ticket.Shown
	To     string
}

// Preview is what giving out would do now.
type Preview struct {
	// Open tells whether the office works now: it is done within its hours.
	Open bool
	// Present is how many members may be given work.
	Present int
	Shares  []Share
}

// mostPreviewed is how many tickets are tried.
const mostPreviewed = 20

// TryShare finds out whom the tickets that nobody has would be given to. Nothing is written.
func (r *Roster) TryShare(ctx context.Context, q postgres.Querier, scope account.Scope, office id.Office) (*Preview, error) {
	today, err := r.Today(ctx, q)
	if err != nil {
		return nil, err
	}
	calendars, err := r.offices.Calendars(ctx, q)
	if err != nil {
		return nil, err
	}
	list, err := r.present(ctx, q, office, today, "")
	if err != nil {
		return nil, err
	}
	waiting, err := r.tickets.Waiting(ctx, q, scope, office, mostPreviewed)
	if err != nil {
		return nil, err
	}
	now := r.now()
	p := &Preview{Open: calendars.For(office).Between(now, now.Add(time.Second)) > 0, Present: len(list), Shares: make([]Share, len(waiting))}
	for i, t := range waiting {
		p.Shares[i].Ticket = t
		if to, ok := least(list); ok {
			p.Shares[i].To = to.Name
			list[slices.IndexFunc(list, func(h hand) bool { return h.ID == to.ID })].load++
		}
	}
	return p, nil
}

// Handed is an assignment that the hub made or took back.
type Handed struct {
	At       time.Time     `db:"at"`
	Number   ticket.Number `db:"number"`
	Subject  string        `db:"subject"`
	Office   string        `db:"office"`
	Operator string        `db:"operator"`
	// Cause is automatic, or absent or left when the ticket went back to the queue.
	Cause string `db:"cause"`
}

// Handouts lists what the hub assigned and took back lately, the last first.
func (r *Roster) Handouts(ctx context.Context, q postgres.Querier, scope account.Scope, most int) ([]Handed, error) {
	rows, err := q.Query(ctx, `
		SELECT e.at, t.number, t.subject, o.name AS office, coalesce(e.params->>'operator_name', '') AS operator, e.params->>'cause' AS cause
		FROM ticket_event e JOIN ticket t ON t.id = e.ticket_id JOIN office o ON o.id = t.office_id
		WHERE e.type IN ('assigned', 'unassigned') AND e.params->>'cause' IS NOT NULL
		  AND ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)
		ORDER BY e.at DESC, e.id DESC LIMIT $4`, scope.AllBut(), scope.Offices(), scope.Shares(), most)
	if err != nil {
		return nil, fmt.Errorf("reading what was given out: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Handed])
	if err != nil {
		return nil, fmt.Errorf("reading what was given out: %w", err)
	}
	return list, nil
}
