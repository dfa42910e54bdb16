package intake

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// Stages are what happens to journal rows, in order, in one transaction: classify, deduplicate, thread,
// identify the contacts, do what short texts ask for, route new tickets, file, follow up. A row that a stage settles is passed over by those after it.
type Stages struct {
	journal    *Journal
	tickets    *ticket.Store
	tokens     *thread.Tokens
	contacts   *contact.Store
	channels   *channel.Store
	deliveries *delivery.Store
	composer   *delivery.Composer
	routing    *routing.Store
	policy     thread.Policy
	now        func() time.Time
}

// Parts are what the stages work with.
type Parts struct {
	Tickets    *ticket.Store
	Tokens     *thread.Tokens
	Contacts   *contact.Store
	Channels   *channel.Store
	Deliveries *delivery.Store
	Composer   *delivery.Composer
	Routing    *routing.Store
	Policy     thread.Policy
	Now        func() time.Time
}

// NewStages returns the stages.
func NewStages(j *Journal, p Parts) *Stages {
	return &Stages{
		journal: j, tickets: p.Tickets, tokens: p.Tokens, contacts: p.Contacts, channels: p.Channels, deliveries: p.Deliveries,
		composer: p.Composer, routing: p.Routing, policy: p.Policy, now: p.Now,
	}
}

type stage struct {
	name string
	do   func(context.Context, *wave) error
}

// run takes rows, in the order of their arrival, through the stages and settles them.
func (s *Stages) run(ctx context.Context, tx pgx.Tx, entries []entry) ([]*work, error) {
	batch, err := s.journal.read(ctx, tx, entries)
	if err != nil {
		return nil, err
	}
	for _, all := range waves(batch) {
		if err := s.roll(ctx, &wave{tx: tx, all: all, filing: s.tickets.NewFiling()}); err != nil {
			return nil, err
		}
	}
	return batch, s.journal.settle(ctx, tx, batch...)
}

// roll takes a wave through the stages.
func (s *Stages) roll(ctx context.Context, v *wave) error {
	for _, stage := range []stage{
		{"classify", s.classify}, {"deduplicate", s.deduplicate}, {"thread", s.thread}, {"identify contacts", s.identify},
		{"obey", s.obey}, {"route", s.route}, {"file on tickets", s.file}, {"follow up", s.followUp},
	} {
		if err := stage.do(ctx, v); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
	}
	for _, w := range v.open() {
		w.settle("filed", "", "")
	}
	return nil
}
