package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/httpapi"
	"sportello.dev/hub/internal/jobs"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/report"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/scan"
)

// checkAudit is the duty that an auditor may also ask for.
const checkAudit = "check audit log"

// duties are the recurring upkeep of the whole installation; one replica at a time does each.
func (a *App) duties() []jobs.Duty {
	duties := []jobs.Duty{
		{Name: "sweep blobs", Every: time.Hour, Do: func(ctx context.Context) error {
			_, err := blob.Sweep(ctx, a.Pool, a.Blobs, a.Now())
			return err
		}},
		{Name: "compare channels with their servers", Every: 24 * time.Hour, Do: a.compareChannels},
		{Name: "count for reports", Every: time.Minute, Do: report.NewKeeper(a.Pool, a.Offices, a.Now).Pass},
		{Name: checkAudit, Every: 24 * time.Hour, Do: a.checkAudit},
		{Name: "prune journal", Every: 6 * time.Hour, Do: func(ctx context.Context) error {
			return a.Journal.Prune(ctx, a.Now())
		}},
		{Name: "look at clocks", Every: time.Minute, Do: func(ctx context.Context) error {
			return a.Tickets.LookAtClocks(ctx, a.Pool)
		}},
		{Name: "resume what was put aside", Every: time.Minute, Do: func(ctx context.Context) error {
			return a.Tickets.ResumeDue(ctx, a.Pool)
		}},
		{Name: "share requests out", Every: 20 * time.Second, Do: func(ctx context.Context) error {
			return routing.NewRoster(a.Offices, a.Tickets, a.Now).ShareOut(ctx, a.Pool)
		}},
		{Name: "wake what was put aside", Every: time.Minute, Do: func(ctx context.Context) error {
			return a.Tickets.WakeDue(ctx, a.Pool)
		}},
		{Name: "replace merged tags", Every: 10 * time.Minute, Do: func(ctx context.Context) error {
			return a.Tickets.ReplaceMerged(ctx, a.Pool)
		}},
		{Name: "move what closed offices have", Every: time.Minute, Do: func(ctx context.Context) error {
			return a.Tickets.MoveLeft(ctx, a.Pool)
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
	if a.cfg.Scan.Clamd != "" {
		files := scan.NewScanner(scan.NewClamd(a.cfg.Scan.Clamd), a.Pool, a.Blobs, a.cfg.Scan.MaxBytes, a.Now, a.log.With("part", "scan"))
		duties = append(duties, jobs.Duty{Name: "scan files", Every: 10 * time.Second, Do: files.Pass})
	}
	return duties
}

// compareChannels looks whether what lies on the servers is here. A channel that cannot be compared now is compared
// another day; nothing depends on it.
func (a *App) compareChannels(ctx context.Context) error {
	channels, err := a.Channels.List(ctx, a.Pool)
	if err != nil {
		return err
	}
	for _, c := range channels {
		if !c.Wanted() || !c.Ability.Can(channel.Ingest) {
			continue
		}
		survey, err := a.plugins.Reconcile(ctx, c.ID)
		switch {
		case err != nil:
			a.log.Info("channel not compared with its server", "channel_id", c.ID, "error", err)
		case survey.Missing > 0:
			a.log.Warn("messages on the server are missing here", "channel_id", c.ID, "missing", survey.Missing)
		}
	}
	return nil
}

// checkAudit walks the audit log. What it finds stands in the log's own record; this is for who watches the hub's lines.
func (a *App) checkAudit(ctx context.Context) error {
	if err := a.Chain.RunChecks(ctx); err != nil {
		return err
	}
	last, err := audit.LastCheck(ctx, a.Pool)
	if err == nil && last != nil && !last.Fault.None() {
		a.log.Error("the audit log does not hold: run sportello audit verify", "fault", last.Fault.Code, "place", last.Fault.Place)
	}
	return err
}
