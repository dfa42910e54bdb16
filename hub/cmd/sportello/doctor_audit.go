package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

// checkLate is how old the last walk of the whole audit log may be: the hub walks it once a day.
const checkLate = 48 * time.Hour

// checkAudit looks at the end of the audit log and at what the last walk of all of it found.
func (s *session) checkAudit(cfg config.Config) (sick bool) {
	keys, err := keyring.Load(cfg.KeyFile, false)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(s.out, "ok    audit log: nothing in it before the first start")
		return false
	}
	if err != nil {
		return s.report("audit log", err)
	}
	pool, err := postgres.Open(s.ctx, postgres.Config{URL: cfg.Database.URL, MaxConns: 1})
	if err != nil {
		return s.report("audit log", err)
	}
	defer pool.Close()
	said, warnings, err := auditState(s.ctx, pool, audit.NewChain(pool, keys, app.AuditHead(cfg), time.Now), time.Now())
	sick = s.report("audit log"+said, err)
	for _, warning := range warnings {
		fmt.Fprintf(s.out, "  warning: %s\n", warning)
	}
	return sick
}

// auditState words how the log stands; the error is what is wrong with it.
func auditState(ctx context.Context, pool *pgxpool.Pool, chain *audit.Chain, now time.Time) (said string, warnings []string, err error) {
	state, err := chain.Look(ctx)
	if err != nil {
		return "", nil, err
	}
	switch {
	case state.Fault.Late(): // also before the first start, when the shell has left rows
		warnings = append(warnings, state.Fault.String())
	case !state.Fault.None():
		return "", nil, unsound(state.Fault)
	}
	last, err := audit.LastCheck(ctx, pool)
	if err != nil {
		return "", nil, err
	}
	said = fmt.Sprintf(": %d sealed rows, %d wait, head exported at %d", state.Sealed, state.Unsealed, state.Head.Place)
	if state.Head.Place == 0 && state.Sealed > 0 {
		warnings = append(warnings, "no exported head in the data directory: a missing end would not be seen")
	}
	switch {
	case last == nil || last.FinishedAt == nil:
		warnings = append(warnings, "the whole log has not been walked yet; the hub does so once a day")
	case !last.Fault.None() && !last.Fault.Late():
		return "", nil, fmt.Errorf("the walk of %s: %w", last.FinishedAt.Format(time.RFC3339), unsound(last.Fault))
	case now.Sub(*last.FinishedAt) > checkLate:
		warnings = append(warnings, "the whole log was last walked on "+last.FinishedAt.Format(time.DateOnly)+"; is the hub running?")
	}
	return said, warnings, nil
}
