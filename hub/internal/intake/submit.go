package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	known, err := j.AppendUnleased(ctx, channel, []Event{e})
	if err != nil {
		return Submission{}, err
	}
	s, err := j.await(ctx, channel, e.ID)
	if err != nil {
		return Submission{}, err
	}
	if known[0] && s.Outcome == OutcomeFiled {
		s.Outcome = OutcomeDuplicate
	}
	return s, nil
}

func (j *Journal) await(ctx context.Context, channel id.Channel, event string) (Submission, error) {
	deadline := time.NewTimer(submitWait)
	defer deadline.Stop()
	again := time.NewTicker(15 * time.Millisecond)
	defer again.Stop()
	for {
		row, err := j.queries.EntryByEvent(ctx, j.pool, db.EntryByEventParams{ChannelID: channel, EventID: event})
		if errors.Is(err, pgx.ErrNoRows) {
			return Submission{}, errors.New("a committed event is not in the journal")
		}
		if err != nil {
			return Submission{}, fmt.Errorf("waiting for an event to be filed: %w", err)
		}
		if !row.TicketID.IsZero() {
			return Submission{Outcome: OutcomeFiled, Ticket: row.TicketID}, nil
		}
		select {
		case <-ctx.Done():
			return Submission{Outcome: OutcomeReceived, Code: receiptCode(row.ID)}, nil
		case <-deadline.C:
			return Submission{Outcome: OutcomeReceived, Code: receiptCode(row.ID)}, nil
		case <-again.C:
		}
	}
}

// receiptCode is what a citizen can read to an operator: the last twelve hexadecimal digits of the row's id.
func receiptCode(entry id.Entry) string {
	s := strings.ToUpper(entry.String())
	last := s[len(s)-12:]
	return last[:4] + "-" + last[4:8] + "-" + last[8:]
}
