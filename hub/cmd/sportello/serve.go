package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
)

type serveCommand struct {
	Public   string `help:"Address of the public listener (host:port)." placeholder:"ADDR"`
	Internal string `help:"Address of the internal listener (host:port)." placeholder:"ADDR"`
}

// Run serves until it is told to stop, or its private database ends.
func (c *serveCommand) Run(s *session) error {
	cfg, log, err := s.load(c.overrides())
	if err != nil {
		return err
	}
	return serve(s.ctx, cfg, log)
}

func (c *serveCommand) overrides() map[string]any {
	o := map[string]any{}
	if c.Public != "" {
		o["public.addr"] = c.Public
	}
	if c.Internal != "" {
		o["internal.addr"] = c.Internal
	}
	return o
}

func serve(ctx context.Context, cfg config.Config, log *slog.Logger) (err error) {
	db, err := app.OpenDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	hub, err := app.New(ctx, cfg, db, log)
	if err != nil {
		return err
	}
	return app.WithDatabase(ctx, db, hub.Run)
}

type migrateCommand struct{}

// Run brings the schema up to date and ends.
func (c *migrateCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		err := s.recorded(d, systemManage, "cliMigrate", "system", func(context.Context) error { return nil })
		if err == nil {
			fmt.Fprintln(s.out, "the schema is up to date")
		}
		return err
	})
}

type configCommand struct {
	Print printCommand `cmd:"" help:"Print the configuration in force, secrets masked."`
}

type printCommand struct{}

// Run prints the configuration, secrets masked.
func (c *printCommand) Run(s *session) error {
	cfg, _, err := s.load(nil)
	if err != nil {
		return err
	}
	text, err := cfg.TOML()
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}
