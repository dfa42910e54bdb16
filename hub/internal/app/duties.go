package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/httpapi"
	"sportello.dev/hub/internal/jobs"
	"sportello.dev/hub/internal/postgres"
)

// duties are the recurring upkeep of the whole installation; one replica at a time does each.
func (a *App) duties() []jobs.Duty {
	return []jobs.Duty{
		{Name: "sweep blobs", Every: time.Hour, Do: func(ctx context.Context) error {
			_, err := blob.Sweep(ctx, a.Pool, a.Blobs, a.Now())
			return err
		}},
		{Name: "prune journal", Every: 6 * time.Hour, Do: func(ctx context.Context) error {
			return a.Journal.Prune(ctx, a.Now())
		}},
		{Name: "prune sessions", Every: 6 * time.Hour, Do: func(ctx context.Context) error {
			_, err := a.Accounts.Prune(ctx)
			return err
		}},
		{Name: "prune uploads", Every: time.Hour, Do: func(ctx context.Context) error {
			return postgres.InTx(ctx, a.Pool, func(tx pgx.Tx) error {
				_, err := a.Tickets.PruneUploads(ctx, tx, a.Now().Add(-24*time.Hour))
				return err
			})
		}},
		{Name: "prune idempotency keys", Every: 6 * time.Hour, Do: func(ctx context.Context) error {
			_, err := httpapi.PruneAnswers(ctx, a.Pool, a.Now())
			return err
		}},
	}
}
