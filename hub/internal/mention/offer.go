package mention

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// audience is who there is to mention on a ticket, and who of them sees it.
type audience struct {
	people  []account.Actor
	sees    map[id.Operator]bool
	offices []Named
}

// Offers lists the operators with access and the active offices, by name, without who asks.
func (s *Store) Offers(ctx context.Context, q postgres.Querier, scope account.Scope, ticket id.Ticket, by account.Actor) ([]Offer, error) {
	a, err := s.audience(ctx, q, scope, ticket)
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, p := range a.people {
		if p.Operator != by.Operator {
			offers = append(offers, Offer{Named: Named{Name{Operator: p.Operator}, p.Name}, Sees: a.sees[p.Operator]})
		}
	}
	for _, o := range a.offices {
		offers = append(offers, Offer{Named: o, Sees: len(a.members(o.Office, by)) > 0})
	}
	return offers, nil
}

// members are an office's who see the ticket, without who asks.
func (a audience) members(office id.Office, by account.Actor) []id.Operator {
	var list []id.Operator
	for _, p := range a.people {
		if p.Operator != by.Operator && a.sees[p.Operator] && slices.Contains(p.Offices, office) {
			list = append(list, p.Operator)
		}
	}
	return list
}

// audience asks the one policy for everybody with access what it would say if they opened the ticket.
func (s *Store) audience(ctx context.Context, q postgres.Querier, scope account.Scope, ticket id.Ticket) (audience, error) {
	a := audience{sees: map[id.Operator]bool{}}
	var office id.Office
	var shared []id.Office
	err := q.QueryRow(ctx, `SELECT t.office_id, coalesce(t.shared_with, '{}') FROM ticket t WHERE t.id = $4 AND `+inScope,
		scope.AllBut(), scope.Offices(), scope.Shares(), ticket).Scan(&office, &shared)
	if postgres.IsNoRows(err) {
		return a, fault.NotFound("no such ticket")
	}
	if err != nil {
		return a, fmt.Errorf("reading who sees a ticket: %w", err)
	}
	if a.people, err = s.accounts.Colleagues(ctx, q); err != nil {
		return a, err
	}
	for _, p := range a.people {
		sight, err := account.Allow(p, account.TicketRead, account.Object{})
		a.sees[p.Operator] = err == nil && (sight.Covers(office) || slices.ContainsFunc(shared, sight.CoversShare))
	}
	rows, _ := q.Query(ctx, `SELECT id, name FROM office WHERE active ORDER BY name, id`)
	a.offices, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n Named, err error) {
		err = row.Scan(&n.Office, &n.Label)
		return n, err
	})
	if err != nil {
		return a, fmt.Errorf("listing offices to mention: %w", err)
	}
	return a, nil
}
