package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// worker is somebody who works at an office.
type worker struct {
	id   uuid.UUID
	name string
	role account.Role
}

func (w worker) actor() account.Actor {
	return account.Actor{Kind: account.KindOperator, Operator: id.Operator{UUID: w.id}, Name: w.name, Role: w.role}
}

// workersOf tells who works where.
func workersOf(ctx context.Context, q postgres.Querier) (map[string][]worker, error) {
	const query = `
		SELECT o.slug, p.id, p.name, p.role FROM office_member m JOIN office o ON o.id = m.office_id JOIN operator p ON p.id = m.operator_id
		WHERE p.role IN ('first_level', 'back_office', 'office_head') ORDER BY o.slug, p.login`
	rows, err := q.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("listing who works where: %w", err)
	}
	all := map[string][]worker{}
	var slug string
	var w worker
	_, err = pgx.ForEachRow(rows, []any{&slug, &w.id, &w.name, &w.role}, func() error {
		all[slug] = append(all[slug], w)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing who works where: %w", err)
	}
	return all, nil
}

// sort says what a request is, how urgent, and what it makes one think of.
func (h *History) sort(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, by account.Actor, matter string) error {
	kinds := map[string][]string{
		"tributi": {"payment", "information"}, "anagrafe": {"booking", "information"}, "polizia": {"report", "complaint"}, "lavori": {"report"},
		"scuola": {"application", "information"}, "sociale": {"application"}, "edilizia": {"application", "records"}, "cultura": {"booking"},
	}[matter]
	var c ticket.Change
	if h.rng.IntN(6) > 0 {
		c.AddTags = h.town.offered(t.Subject)
	}
	if len(kinds) > 0 && h.rng.IntN(6) > 0 {
		c.Type = &kinds[h.rng.IntN(len(kinds))]
		if h.rng.IntN(9) == 0 {
			c.Priority = new([]ticket.Priority{ticket.PriorityHigh, ticket.PriorityHigh, ticket.PriorityUrgent}[h.rng.IntN(3)])
		}
	}
	if c.Type == nil && len(c.AddTags) == 0 {
		return nil
	}
	return h.change(ctx, tx, t, by, c)
}

// hand takes the request to the office that it is for, and gives it to somebody there.
func (h *History) hand(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, by account.Actor, matter string) (account.Actor, error) {
	people := h.workers[matter]
	if len(people) == 0 || t.Office != h.town.Offices["urp"] {
		return by, nil
	}
	h.pass(2 * time.Hour)
	to := h.town.Offices[matter]
	if err := h.change(ctx, tx, t, by, ticket.Change{Office: &to, Note: "Passata all’ufficio competente."}); err != nil {
		return by, err
	}
	h.pass(5 * time.Hour)
	next := people[h.rng.IntN(len(people))].actor()
	return next, h.change(ctx, tx, t, next, ticket.Change{Assignee: &next.Operator})
}

// aside puts the request off, as the law or somebody else demands.
func (h *History) aside(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, by account.Actor, matter string) error {
	h.pass(4 * time.Hour)
	until := h.now.Add(time.Duration(3+h.rng.IntN(25)) * 24 * time.Hour).Truncate(time.Hour)
	status, said := ticket.StatusWaitingThird, ticket.Standing{Who: "Ditta incaricata", Until: &until}
	if matter == "edilizia" || matter == "sociale" {
		status, said = ticket.StatusSuspended, ticket.Standing{Basis: ticket.BasisInformation, Note: "In attesa dei documenti richiesti.", Until: &until}
	}
	return h.change(ctx, tx, t, by, ticket.Change{Status: &status, Standing: &said})
}

func (h *History) change(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, by account.Actor, c ticket.Change) error {
	c.Version = t.Version
	changed, err := h.tickets.Update(ctx, tx, account.SystemScope(), t.ID, by, c)
	if err != nil {
		return err
	}
	*t = *changed
	return nil
}
