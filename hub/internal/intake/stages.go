package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
	"sportello.dev/hub/internal/ticket"
)

// Stages are what happens to a journal row, in order, in one transaction: classify, deduplicate, identify the contact,
// thread, file on the ticket, route, follow-ups. The first stage that settles the row ends the run.
type Stages struct {
	journal    *Journal
	tickets    *ticket.Store
	tokens     *ticket.Tokens
	contacts   *contact.Store
	deliveries *delivery.Store
	composer   *delivery.Composer
	policy     ticket.Policy
	now        func() time.Time
}

// Parts are what the stages work with.
type Parts struct {
	Tickets    *ticket.Store
	Tokens     *ticket.Tokens
	Contacts   *contact.Store
	Deliveries *delivery.Store
	Composer   *delivery.Composer
	Policy     ticket.Policy
	Now        func() time.Time
}

// NewStages returns the stages.
func NewStages(j *Journal, p Parts) *Stages {
	return &Stages{
		journal: j, tickets: p.Tickets, tokens: p.Tokens, contacts: p.Contacts, deliveries: p.Deliveries,
		composer: p.Composer, policy: p.Policy, now: p.Now,
	}
}

// work is one row on its way through the stages.
type work struct {
	tx      pgx.Tx
	row     db.LockClaimedRow
	event   Event
	channel db.DestinationRow
	settled bool

	sender   ticket.Address
	parties  []ticket.MessageParty
	class    ticket.Class
	contact  id.Contact
	decision ticket.Decision
	ticket   *ticket.Ticket
	begun    bool
	idReused bool
	message  id.Message
}

type stage struct {
	name string
	do   func(context.Context, *work) error
}

// run takes a claimed row through the stages and settles it.
func (s *Stages) run(ctx context.Context, tx pgx.Tx, row db.LockClaimedRow) error {
	w := &work{tx: tx, row: row}
	if err := json.Unmarshal(row.Payload, &w.event); err != nil {
		return fmt.Errorf("reading the event: %w", err)
	}
	var err error
	if w.channel, err = s.journal.queries.Destination(ctx, tx, row.ChannelID); err != nil {
		return fmt.Errorf("reading the channel: %w", err)
	}
	for _, stage := range []stage{
		{"classify", s.classify}, {"deduplicate", s.deduplicate}, {"identify contact", s.identify}, {"thread", s.thread},
		{"file on ticket", s.file}, {"follow up", s.followUp},
	} {
		if err := stage.do(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
		if w.settled {
			return nil
		}
	}
	return s.settle(ctx, w, "", w.message)
}

// settle ends the run: the row is filed.
func (s *Stages) settle(ctx context.Context, w *work, reason string, m id.Message) error {
	w.settled = true
	var t id.Ticket
	if w.ticket != nil {
		t = w.ticket.ID
	}
	return s.journal.settle(ctx, w.tx, w.row.ID, "filed", reason, "", t, m)
}
