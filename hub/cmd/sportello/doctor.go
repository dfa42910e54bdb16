package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/scan"
)

type doctorCommand struct{}

// Run checks each thing the hub needs, tells the result, and fails if one is wrong.
func (c *doctorCommand) Run(s *session) error {
	cfg, err := config.Load(config.Sources{File: s.file, Environ: os.Environ()})
	sick := s.report("configuration", err)
	if sick {
		return errors.New("the configuration must be right before anything else can be checked")
	}
	sick = s.report("key file", checkKeyFile(cfg.KeyFile)) || sick
	catalogue, err := pluginhost.LoadCatalogue(app.AdaptersDir(cfg.Adapters))
	sick = s.report("adapters", err) || sick
	for _, weakness := range catalogue.Weaknesses() {
		fmt.Fprintf(s.out, "  warning: %s\n", weakness)
	}
	if cfg.Database.URL == "" {
		fmt.Fprintln(s.out, "ok    database: a private one, started with the hub")
	} else {
		broken := s.report("database", checkDatabase(s.ctx, cfg.Database.URL))
		if !broken {
			broken = s.report("channels", s.checkChannels(cfg.Database.URL))
			broken = s.checkAudit(cfg) || broken
			broken = s.report("tokens", s.checkTokens(cfg.Database.URL)) || broken
		}
		sick = broken || sick
	}
	sick = s.scanner(cfg.Scan.Clamd) || sick
	if sick {
		return errors.New("something is wrong")
	}
	return nil
}

// checkChannels prints what is worth knowing about the channels; only a database that does not answer is bad news.
func (s *session) checkChannels(url string) error {
	pool, err := postgres.Open(s.ctx, postgres.Config{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	warnings, err := channelWarnings(s.ctx, pool, net.DefaultResolver.LookupTXT)
	for _, warning := range warnings {
		fmt.Fprintf(s.out, "  warning: %s\n", warning)
	}
	return err
}

// scanner tells whether the virus scanner answers.
func (s *session) scanner(clamd string) (sick bool) {
	if clamd == "" {
		fmt.Fprintln(s.out, "ok    virus scanner: none; files are not looked through (scan.clamd)")
		return false
	}
	version, err := scan.NewClamd(clamd).Ping(s.ctx)
	return s.report("virus scanner: "+cmp.Or(version, clamd), err)
}

// report prints one line and tells whether it is bad news.
func (s *session) report(what string, err error) bool {
	if err != nil {
		fmt.Fprintf(s.out, "WRONG %s: %v\n", what, err)
		return true
	}
	fmt.Fprintf(s.out, "ok    %s\n", what)
	return false
}

// checkKeyFile wants a file that nobody else reads; a missing one is made at the first start.
func checkKeyFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others; make it chmod 600", path)
	}
	return nil
}

func checkDatabase(ctx context.Context, url string) error {
	pool, err := postgres.Open(ctx, postgres.Config{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	problems, err := postgres.Durability(ctx, pool)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("it may lose what it committed: %v", problems)
	}
	return postgres.CheckSchema(ctx, pool)
}
