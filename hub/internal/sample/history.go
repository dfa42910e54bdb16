package sample

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/adapters/simulator/script"
	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// span is how far the history goes; what was before is past.
const span = 20 * 24 * time.Hour

// Recent is how many requests a history tells at most: each is written as if it happened.
const Recent = 120

// History writes past tickets with their conversations.
type History struct {
	pool     *pgxpool.Pool
	town     *Town
	contacts *contact.Store
	tickets  *ticket.Store
	letters  *script.Generator
	workers  map[string][]worker
	rng      *rand.Rand
	clock    time.Time
	now      time.Time
}

// NewHistory returns a history that ends now. The seed makes it repeatable.
func NewHistory(pool *pgxpool.Pool, town *Town, contacts *contact.Store, now time.Time, seed uint64) *History {
	h := &History{
		pool: pool, town: town, contacts: contacts, now: now,
		rng: rand.New(rand.NewPCG(seed, 7)), // repeatable on purpose
	}
	h.tickets = ticket.NewStore(func() time.Time { return h.clock })
	h.letters = script.New(seed, Mailbox, func() time.Time { return h.clock })
	return h
}

// Write makes n tickets, spread over the past, the oldest first.
func (h *History) Write(ctx context.Context, n int) (err error) {
	if h.workers, err = workersOf(ctx, h.pool); err != nil {
		return err
	}
	for i := range n {
		at := h.workingHour(h.now.Add(-span + time.Duration(float64(span)*float64(i)/float64(n))))
		if at.After(h.now.Add(-time.Minute)) {
			at = h.now.Add(-time.Duration(n-i) * 7 * time.Minute)
		}
		err := postgres.InTx(ctx, h.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL sportello.quiet = 'on'`); err != nil {
				return err
			}
			if i%visitEvery == visitEvery/2 {
				return h.visit(ctx, tx, at)
			}
			return h.story(ctx, tx, at, float64(i)/float64(n))
		})
		if err != nil {
			return fmt.Errorf("writing sample ticket %d: %w", i+1, err)
		}
	}
	return h.ask(ctx)
}

// workingHour moves a time into the day, when people write.
func (h *History) workingHour(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 6+h.rng.IntN(14), h.rng.IntN(60), h.rng.IntN(60), 0, t.Location())
}

// story is the life of one ticket; age goes from 0 (oldest) to 1 and decides how far it came.
func (h *History) story(ctx context.Context, tx pgx.Tx, at time.Time, age float64) error {
	h.clock = at
	mail := h.letters.Ordinary()
	t, first, err := h.open(ctx, tx, mail)
	if err != nil {
		return err
	}
	if age > 0.97 || (age > 0.85 && h.rng.IntN(3) == 0) {
		return nil
	}
	operator := h.operatorFor(mail.Letter.Office)
	if err := h.take(ctx, tx, t, operator); err != nil {
		return err
	}
	if err := h.sort(ctx, tx, t, operator, mail.Letter.Office); err != nil {
		return err
	}
	if h.rng.IntN(5) < 3 {
		if operator, err = h.hand(ctx, tx, t, operator, mail.Letter.Office); err != nil {
			return err
		}
	}
	if h.rng.IntN(4) == 0 {
		h.pass(40 * time.Minute)
		if _, err := h.tickets.AddNote(ctx, tx, t, operator, ticket.Note{Text: notes[h.rng.IntN(len(notes))]}); err != nil {
			return err
		}
	}
	if age > 0.9 && h.rng.IntN(2) == 0 {
		return nil
	}
	h.pass(5 * time.Hour)
	reply, err := h.reply(ctx, tx, t, operator, mail, first)
	if err != nil {
		return err
	}
	return h.end(ctx, tx, t, operator, mail, reply, age)
}

// end is what comes after the answer: silence, thanks, another question, the end.
func (h *History) end(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, operator account.Actor, mail script.Mail, reply id.Message, age float64) error {
	if h.rng.IntN(5) < 2 {
		h.pass(20 * time.Hour)
		follow, ok := h.answer(mail)
		if ok && h.clock.Before(h.now) {
			if err := h.receive(ctx, tx, t, mail, follow, reply); err != nil {
				return err
			}
		}
	}
	if h.rng.IntN(12) == 0 {
		return h.aside(ctx, tx, t, operator, mail.Letter.Office)
	}
	if age > 0.8 && h.rng.IntN(3) > 0 {
		return nil
	}
	h.pass(30 * time.Hour)
	status := ticket.StatusResolved
	if age < 0.6 {
		status = ticket.StatusClosed
	}
	return h.change(ctx, tx, t, operator, ticket.Change{Status: &status})
}

// answer is the text of a letter in which the citizen comes back.
func (h *History) answer(mail script.Mail) (string, bool) {
	return followUps[h.rng.IntN(len(followUps))] + "\n\n" + mail.Sender.Name(), true
}

// pass lets up to d go by, but not beyond now.
func (h *History) pass(d time.Duration) {
	h.clock = h.clock.Add(time.Minute + time.Duration(h.rng.Int64N(int64(d))))
	if h.clock.After(h.now) {
		h.clock = h.now
	}
}

// operatorFor is one of those who read a letter first.
func (h *History) operatorFor(matter string) account.Actor {
	people := h.workers[officeOf(matter)]
	return people[h.rng.IntN(len(people))].actor()
}
