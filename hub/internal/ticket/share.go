package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
)

// reshare notes on all tickets of these conversations which offices have a live share of one of them: joining brings
// shares together, taking a ticket out again takes its own along. The transaction holds the roots locked.
func reshare(ctx context.Context, tx pgx.Tx, roots ...id.Ticket) error {
	if _, err := tx.Exec(ctx, `SELECT share_conversation(r.id) FROM unnest($1::uuid[]) AS r (id)`, roots); err != nil {
		return fmt.Errorf("noting who shares a conversation: %w", err)
	}
	return nil
}
