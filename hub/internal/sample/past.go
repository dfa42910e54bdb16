package sample

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Past is the year before what the history tells: requests that are over, with all that happened to them, written at
// once. What it writes depends on its seed, the town and the time alone.
type Past struct {
	town  *Town
	terms *office.Terms
	texts *texts
	rng   *rand.Rand
	from  time.Time
	until time.Time
	// staff are the people of each office.
	staff map[string][]worker
	// last is how many numbers of each year are taken.
	last map[int]int64
	rows map[string][][]any
}

// pastPeople is how many citizens wrote; some often, most once.
const pastPeople = 420

// WritePast writes n requests that came between a year ago and the time at which the history begins.
func WritePast(ctx context.Context, p Parts, town *Town, n int, now time.Time, seed uint64) error {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return fmt.Errorf("loading the time zone: %w", err)
	}
	now = now.In(zone).Truncate(time.Second)
	w := &Past{
		town: town, texts: newTexts(seed, now), rng: rand.New(rand.NewPCG(seed, 12)),
		from: now.AddDate(-1, 0, 0), until: now.Add(-span), last: map[int]int64{}, rows: map[string][][]any{},
	}
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		if w.terms, err = p.Offices.Terms(ctx, tx); err != nil {
			return err
		}
		if w.staff, err = workersOf(ctx, tx); err != nil {
			return err
		}
		w.people()
		for _, at := range w.arrivals(n) {
			w.live(at)
		}
		return w.write(ctx, tx)
	})
}

// arrivals are the times at which requests came: towns are written to on working days, less in August, more when taxes
// are due, schools enrol, or a storm has passed.
func (w *Past) arrivals(n int) []time.Time {
	var days []time.Time
	var upTo []float64
	total := 0.0
	for day := w.from; day.Before(w.until); day = day.AddDate(0, 0, 1) {
		weight := map[time.Weekday]float64{time.Saturday: 3, time.Sunday: 2, time.Monday: 13}[day.Weekday()]
		if weight == 0 {
			weight = 10
		}
		switch {
		case day.Month() == time.August:
			weight *= 0.45
		case rush(day) != "":
			weight *= 1.8
		}
		if storm(day) {
			weight = 90
		}
		total += weight
		days, upTo = append(days, day), append(upTo, total)
	}
	var list []time.Time
	next := 0
	for i := range n {
		for upTo[next] < total*(float64(i)+0.5)/float64(n) {
			next++
		}
		d := days[next]
		at := time.Date(d.Year(), d.Month(), d.Day(), 7, 0, 0, 0, d.Location()).Add(time.Duration(w.rng.IntN(15*3600)) * time.Second)
		list = append(list, at)
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// rush is the matter that many write about on a day.
func rush(day time.Time) string {
	switch m, d := day.Month(), day.Day(); {
	case (m == time.June || m == time.December) && d >= 5 && d <= 18:
		return "tributi"
	case m == time.January && d >= 10, m == time.September && d <= 15:
		return "scuola"
	case m == time.July && d <= 15:
		return "anagrafe"
	}
	return ""
}

// storm is the day after which everybody reports fallen trees.
func storm(day time.Time) bool { return day.Month() == time.May && day.Day() == 14 }

// contactOf is the k-th citizen of the past; archives and scripts have others.
func (w *Past) contactOf(k int) uuid.UUID {
	return seededID(w.from.Add(time.Duration(k)*time.Millisecond), rand.New(rand.NewPCG(97, uint64(k))))
}

const firstPerson = 500_000

func (w *Past) people() {
	for k := range pastPeople {
		at := w.from.Add(time.Duration(k) * time.Millisecond)
		w.add("contact", w.contactOf(k), personName(firstPerson+k), "person", "it", at, at)
		for _, kind := range []string{contact.KindEmail, "mobile"} {
			value := personAddress(firstPerson+k, kind)
			w.add("contact_address", seededID(at, w.rng), w.contactOf(k), kind, value, value, at, kind == contact.KindEmail, at)
		}
	}
}

func (w *Past) add(table string, row ...any) { w.rows[table] = append(w.rows[table], row) }

// pastTables are written in this order: what is pointed at comes first.
var pastTables = []struct {
	name    string
	columns []string
}{
	{"contact", []string{"id", "name", "kind", "language", "created_at", "updated_at"}},
	{"contact_address", []string{"id", "contact_id", "kind", "value", "display", "verified_at", "preferred", "created_at"}},
	{"ticket", []string{
		"id", "number", "subject", "status", "priority", "request_type", "standing", "office_id", "assignee_id", "contact_id", "language", "last_message_at",
		"last_channel_kind", "preview", "message_count", "inbound_count", "created_at", "updated_at", "closed_at", "version",
		"first_answered_at", "first_due_at", "resolve_due_at", "clock", "tags",
	}},
	{"stay", []string{"id", "ticket_id", "office_id", "began_at", "ended_at", "reason"}},
	{"ticket_party", []string{"ticket_id", "kind", "value", "name", "contact_id", "role", "wrote_at", "addressed_at", "channel_id"}},
	{"message", []string{
		"id", "ticket_id", "direction", "origin", "channel_id", "channel_kind", "author_id", "contact_id", "from_kind", "from_value", "from_name",
		"subject", "text", "language", "threading_reason", "authenticated", "answers_id", "sent_at", "created_at", "threading_params",
	}},
	{"message_party", []string{"message_id", "position", "role", "kind", "value", "name"}},
	{"ticket_event", []string{"id", "ticket_id", "type", "params", "actor_kind", "actor_id", "at"}},
	{"side_request", []string{
		"id", "ticket_id", "office_id", "from_office_id", "asked_by", "question", "asked_at", "due_at", "state", "answer_id", "ended_by", "ended_at", "seen_at",
	}},
	{"transmission", []string{"id", "message_id", "channel_id", "created_at"}},
	{"delivery", []string{
		"id", "message_id", "ticket_id", "transmission_id", "channel_id", "address_kind", "address_value", "address_name", "state", "attempt", "expires_at", "created_at", "updated_at",
	}},
	{"attempt", []string{"transmission_id", "n", "replica", "started_at", "deadline", "finished_at", "outcome"}},
}

func (w *Past) write(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SET LOCAL sportello.quiet = 'on'`); err != nil {
		return fmt.Errorf("keeping announcements back: %w", err)
	}
	for _, t := range pastTables {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(w.rows[t.name])); err != nil {
			return fmt.Errorf("writing the past of %s: %w", t.name, err)
		}
	}
	for year, n := range w.last {
		if err := setNumber(ctx, tx, year, n); err != nil {
			return err
		}
	}
	return nil
}

// setNumber lets the next ticket of a year follow the n-th.
func setNumber(ctx context.Context, tx pgx.Tx, year int, n int64) error {
	// The first call makes the sequence.
	_, err := tx.Exec(ctx, `SELECT next_ticket_sequence($1)`, year)
	if err == nil {
		_, err = tx.Exec(ctx, `SELECT setval(format('ticket_number_%s', $1::int)::regclass, $2::bigint)`, year, n)
	}
	if err != nil {
		return fmt.Errorf("setting the numbers of %d: %w", year, err)
	}
	return nil
}

func (w *Past) next(year int) ticket.Number {
	w.last[year]++
	return ticket.FormatNumber(year, w.last[year])
}

func (w *Past) office(slug string) id.Office { return w.town.Offices[slug] }
