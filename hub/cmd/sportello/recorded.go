package main

import (
	"context"
	"fmt"
	"os/user"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/postgres"
)

// recorded does something that changes the town, and has the audit log say so in the act's own transaction, with the
// user of the shell as the one who did it. route is the command's name there, object what it was done to.
func (s *session) recorded(d *app.Domain, action account.Action, route, object string, do func(context.Context) error) error {
	e := audit.Entry{Kind: audit.Act, Actor: "shell:" + shellUser(), Act: string(action), Route: route, Object: object, Outcome: audit.Done}
	ctx, done := postgres.BeforeCommit(s.ctx, func(ctx context.Context, q postgres.Querier) error { return d.Audit.Record(ctx, q, e) })
	if err := do(ctx); err != nil {
		return err
	}
	if done() {
		return nil
	}
	if err := d.Audit.Record(context.WithoutCancel(s.ctx), d.Pool, e); err != nil {
		return fmt.Errorf("it is done, but %w", err)
	}
	return nil
}

// shellUser is who is at the shell, as the system names him.
func shellUser() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}
