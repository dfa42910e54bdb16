package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
)

// Outcome of a submission.
type Outcome string

// The outcomes: on a ticket, committed and to be filed later, known already.
const (
	OutcomeFiled     Outcome = "filed"
	OutcomeReceived  Outcome = "received"
	OutcomeDuplicate Outcome = "duplicate"
)

// Submission is what became of a submitted event. Ticket is set when it is on one; Code names the journal row for
// people when it is not yet.
type Submission struct {
	Outcome Outcome
	Ticket  id.Ticket
	Code    string
}

// submitWait is how long a submission waits to be filed before it answers with a receipt code.
const submitWait = 2 * time.Second

// Submit commits an event that a page handed in and waits for the workers to file it. Submitting the same event again
// gives the same answer. An error means that nothing was committed, or that nobody knows: the citizen must be told
// that it was not received.
func (j *Journal) Submit(ctx context.Context, channel id.Channel, e Event) (Submission, error) {
	b := Batch{Channel: channel, Events: []Event{e}}
	rows, err := rowsOf(channel, b.Events)
	if err != nil {
		return Submission{}, fmt.Errorf("appending to the journal: %w", err)
	}
	filed, leave := j.hall.wait(id.Entry{UUID: rows.ids[0]})
	defer leave()
	known, err := j.insert(ctx, b, rows, false)
	if err != nil {
		return Submission{}, err
	}
	s, err := j.await(ctx, channel, e.ID, filed, known[0])
	if err != nil {
		return Submission{}, err
	}
	if known[0] && s.Outcome == OutcomeFiled {
		s.Outcome = OutcomeDuplicate
	}
	return s, nil
}

// submitPoll finds what another replica has filed.
const submitPoll = 100 * time.Millisecond

// await waits for the ticket: the workers of this replica tell it, those of others are asked for it. What was known
// before may be on one already.
func (j *Journal) await(ctx context.Context, channel id.Channel, event string, filed <-chan id.Ticket, known bool) (Submission, error) {
	deadline := time.NewTimer(submitWait)
	defer deadline.Stop()
	again := time.NewTicker(submitPoll)
	defer again.Stop()
	for ask := known; ; ask = true {
		if ask {
			s, err := j.submitted(ctx, channel, event)
			if err != nil || s.Outcome == OutcomeFiled {
				return s, err
			}
		}
		select {
		case ticket := <-filed:
			return Submission{Outcome: OutcomeFiled, Ticket: ticket}, nil
		case <-ctx.Done():
			return j.submitted(context.WithoutCancel(ctx), channel, event)
		case <-deadline.C:
			return j.submitted(ctx, channel, event)
		case <-again.C:
		}
	}
}

// submitted looks up what has become of an event.
func (j *Journal) submitted(ctx context.Context, channel id.Channel, event string) (Submission, error) {
	row, err := j.queries.EntryByEvent(ctx, j.pool, db.EntryByEventParams{ChannelID: channel, EventID: event})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Submission{}, errors.New("a committed event is not in the journal")
	case err != nil:
		return Submission{}, fmt.Errorf("waiting for an event to be filed: %w", err)
	case row.TicketID.IsZero():
		return Submission{Outcome: OutcomeReceived, Code: receiptCode(row.ID)}, nil
	}
	return Submission{Outcome: OutcomeFiled, Ticket: row.TicketID}, nil
}

// receiptCode is what a citizen can read to an operator: the last twelve hexadecimal digits of the row's id.
func receiptCode(entry id.Entry) string {
	s := strings.ToUpper(entry.String())
	last := s[len(s)-12:]
	return last[:4] + "-" + last[4:8] + "-" + last[8:]
}

// hall is where those wait who handed something in.
type hall struct {
	mu      sync.Mutex
	waiting map[id.Entry]chan id.Ticket
}

func newHall() *hall { return &hall{waiting: map[id.Entry]chan id.Ticket{}} }

// wait begins to wait for a row to be filed; leave ends it.
func (h *hall) wait(e id.Entry) (filed <-chan id.Ticket, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	called := make(chan id.Ticket, 1)
	h.waiting[e] = called
	return called, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting, e)
	}
}

// call tells those who wait on which ticket their rows are, once that is committed.
func (h *hall) call(filed []*work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range filed {
		called, waits := h.waiting[w.ID]
		if waits && w.ticket != nil {
			delete(h.waiting, w.ID)
			called <- w.ticket.ID
		}
	}
}
