package ticket

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket/internal/db"
)

// DraftKind tells what a draft will be.
type DraftKind string

// The kinds of draft; an operator has one of each on a ticket.
const (
	DraftReply DraftKind = "reply"
	DraftNote  DraftKind = "note"
)

// maxDraft bounds a draft, in bytes of JSON.
const maxDraft = 4 << 20

// Draft is what an operator is writing. Body is the composer's own JSON.
type Draft struct {
	Body      json.RawMessage
	UpdatedAt time.Time
}

// Draft reads an operator's own draft; nil when there is none.
func (s *Store) Draft(ctx context.Context, dbtx postgres.Querier, scope account.Scope, operator id.Operator, ticket id.Ticket, kind DraftKind) (*Draft, error) {
	row, err := (&db.Queries{}).Draft(ctx, dbtx, db.DraftParams{
		OperatorID: operator, TicketID: ticket, Kind: string(kind), AllBut: scope.AllBut(), Offices: uuids(scope.Offices()), Shares: uuids(scope.Shares()),
	})
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a draft: %w", err)
	}
	return &Draft{Body: row.Body, UpdatedAt: row.UpdatedAt}, nil
}

// PutDraft keeps a draft in place of the one before.
func (s *Store) PutDraft(ctx context.Context, dbtx postgres.Querier, operator id.Operator, ticket id.Ticket, kind DraftKind, body json.RawMessage) (*Draft, error) {
	if kind != DraftReply && kind != DraftNote {
		return nil, fault.Invalid("kind", "unknown", "no kind of draft %q", kind)
	}
	if len(body) > maxDraft || !json.Valid(body) {
		return nil, fault.Invalid("body", "too_long", "a draft of %d bytes cannot be kept", len(body))
	}
	now := s.clock()
	err := (&db.Queries{}).PutDraft(ctx, dbtx, db.PutDraftParams{
		OperatorID: operator, TicketID: ticket, Kind: string(kind), Body: body, UpdatedAt: now,
	})
	if err != nil {
		return nil, fmt.Errorf("keeping a draft: %w", err)
	}
	return &Draft{Body: body, UpdatedAt: now}, nil
}

// DeleteDraft throws a draft away, if there is one.
func (s *Store) DeleteDraft(ctx context.Context, dbtx postgres.Querier, operator id.Operator, ticket id.Ticket, kind DraftKind) error {
	err := (&db.Queries{}).DeleteDraft(ctx, dbtx, db.DeleteDraftParams{OperatorID: operator, TicketID: ticket, Kind: string(kind)})
	if err != nil {
		return fmt.Errorf("deleting a draft: %w", err)
	}
	return nil
}

// uuids takes the type off identifiers, for arrays of generated queries.
func uuids[Noun any](ids []id.ID[Noun]) []uuid.UUID {
	raw := make([]uuid.UUID, len(ids))
	for i, one := range ids {
		raw[i] = one.UUID
	}
	return raw
}
