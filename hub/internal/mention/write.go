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

// Write notes whom a note names, in the transaction that writes it. Who does not see the ticket is refused.
func (s *Store) Write(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ticket id.Ticket, note id.Message, names []Name) error {
	if len(names) == 0 {
		return nil
	}
	if len(names) > MaxNames {
		return fault.Invalid("mentions", "mention_many", "a note names at most %d", MaxNames)
	}
	a, err := s.audience(ctx, tx, scope, ticket)
	if err != nil {
		return err
	}
	var named, readers postgres.Rows
	var order []id.Operator
	sakes := map[id.Operator]id.Office{}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			continue
		}
		who, err := a.readers(n, by)
		if err != nil {
			return err
		}
		named.Add(note, i, n.Operator, n.Office)
		for _, each := range who {
			if _, known := sakes[each]; !known {
				order = append(order, each)
			} else if !n.Office.IsZero() {
				continue // who is named is a reader for their own sake
			}
			sakes[each] = n.Office
		}
	}
	if len(order) > maxReaders {
		return fault.Invalid("mentions", "mention_many", "these offices have more than %d members", maxReaders)
	}
	for _, each := range order {
		readers.Add(id.New[id.Mention](), note, each, sakes[each])
	}
	b := &pgx.Batch{}
	named.Queue(b, `INSERT INTO mention (message_id, position, operator_id, office_id)
		SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::uuid[])`)
	readers.Queue(b, `INSERT INTO mention_reader (id, message_id, operator_id, office_id)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])`)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("noting whom a note mentions: %w", err)
	}
	return nil
}

// readers are who is to read what names somebody.
func (a audience) readers(n Name, by account.Actor) ([]id.Operator, error) {
	if n.Operator.IsZero() == n.Office.IsZero() {
		return nil, fault.Invalid("mentions", "required", "a mention names an operator or an office")
	}
	if n.Operator.IsZero() {
		if !slices.ContainsFunc(a.offices, func(o Named) bool { return o.Office == n.Office }) {
			return nil, fault.Invalid("mentions", "unknown", "there is no office with this id")
		}
		who := a.members(n.Office, by)
		if len(who) == 0 {
			return nil, fault.Invalid("mentions", "mention_unseen", "nobody else of that office sees the ticket: ask it or hand the ticket over first")
		}
		return who, nil
	}
	sees, exists := a.sees[n.Operator]
	switch {
	case !exists:
		return nil, fault.Invalid("mentions", "unknown", "there is no operator with this id who has access")
	case n.Operator == by.Operator:
		return nil, fault.Invalid("mentions", "mention_self", "nobody mentions themselves")
	case !sees:
		return nil, fault.Invalid("mentions", "mention_unseen", "the operator does not see the ticket: ask their office or hand the ticket over first")
	}
	return []id.Operator{n.Operator}, nil
}
