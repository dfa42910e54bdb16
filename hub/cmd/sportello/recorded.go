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

// systemManage is what only the shell does; no route offers it.
const systemManage account.Action = "system.manage"

// recorded does something that changes the town, and has the audit log say so in the act's own transaction, with the
// user of the shell as the one who did it. route is the command's name there, object what it was done to;
// of a kind alone, such as "tokens", the row names the one that was made.
func (s *session) recorded(d *app.Domain, action account.Action, route, object string, do func(context.Context) error) error {
	e := audit.Entry{Kind: audit.Act, Actor: "shell:" + shellUser(), Act: string(action), Route: route, Object: object, Outcome: audit.Done}
	write := func(ctx context.Context, q postgres.Querier) error {
		e := e
		if id := postgres.MadeIn(ctx, e.Object); id != "" {
			e.Object += "/" + id
		}
		return d.Audit.Record(ctx, q, e)
	}
	ctx, done := postgres.BeforeCommit(s.ctx, write)
	if err := do(ctx); err != nil {
		return err
	}
	if done() {
		return nil
	}
	if err := write(context.WithoutCancel(ctx), d.Pool); err != nil {
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

// lookedAt notes that somebody at the shell reads the log, before anything of it is shown.
func (s *session) lookedAt(d *app.Domain, route, object string) error {
	return d.Audit.Record(s.ctx, d.Pool, audit.Entry{
		Kind: audit.Read, Actor: "shell:" + shellUser(), Act: string(account.AuditRead), Route: route, Object: object, Outcome: audit.Asked,
	})
}
