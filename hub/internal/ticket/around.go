package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Around is who and what belongs to a ticket and to those joined to it. What names another ticket is there only where that
// one is in scope too.
type Around struct {
	Parties     []Party
	Suggestions []Suggestion
	Joined      []Ticket
	Links       []Linked
	Proposals   []Proposal
	// Asks are the open questions, and those of which nobody has seen yet how they ended.
	Asks []Ask
}

// Around reads all of it in one go: it is asked for whenever somebody opens a ticket.
func (s *Store) Around(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Around, error) {
	tickets, err := s.conversation(ctx, db, scope, ticket)
	if err != nil {
		return nil, err
	}
	a, b := &Around{}, &pgx.Batch{}
	within := []any{scope.AllBut(), scope.Offices(), scope.Shares(), tickets}
	gather(b, &a.Parties, partiesOf, tickets)
	gather(b, &a.Suggestions, suggestionsOf, within...)
	gather(b, &a.Joined, joinedTo, tickets)
	gather(b, &a.Links, linksOf, append(within, maxLinks)...)
	gather(b, &a.Proposals, proposalsOf, tickets)
	gather(b, &a.Asks, openAsks, within...)
	if err := db.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("reading what belongs to a ticket: %w", err)
	}
	return a, nil
}

// gather queues a question whose rows go into a list.
func gather[T any](b *pgx.Batch, list *[]T, query string, args ...any) {
	b.Queue(query, args...).Query(func(rows pgx.Rows) (err error) {
		*list, err = pgx.CollectRows(rows, pgx.RowToStructByName[T])
		return err
	})
}
