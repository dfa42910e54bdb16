// Command sportello is the hub: an omnichannel desk where a town hall answers its citizens.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/telemetry"
)

// commands are the command line.
type commands struct {
	Config string `help:"Configuration file (TOML)." type:"existingfile" short:"c" env:"SPORTELLO_CONFIG" placeholder:"FILE"`

	Serve   serveCommand   `cmd:"" help:"Run the hub."`
	Demo    demoCommand    `cmd:"" help:"Run hub, simulated outside world and sample data together, to look around."`
	Migrate migrateCommand `cmd:"" help:"Bring the database schema up to date."`
	Seed    seedCommand    `cmd:"" help:"Name the town, or fill an empty database with sample data."`
	User    userCommand    `cmd:"" help:"Operators and API tokens."`
	Office  officeCommand  `cmd:"" help:"Offices, and with which name and signature they write."`
	Channel channelCommand `cmd:"" help:"Channels: list, show, test, add, enable, disable."`
	Adapter adapterCommand `cmd:"" help:"Adapter programs and their catalogue."`
	Audit   auditCommand   `cmd:"" help:"The log of sign-ins, acts and reads of personal data."`
	Conf    configCommand  `cmd:"" name:"config" help:"The configuration in force."`
	Doctor  doctorCommand  `cmd:"" help:"Check what the hub needs and say what is wrong."`

	Version kong.VersionFlag `help:"Print the version."`
}

// session is what every command works with.
type session struct {
	ctx  context.Context
	file string
	out  io.Writer
	err  io.Writer
}

func main() {
	app.TuneMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sportello:", err)
		os.Exit(codeOf(err))
	}
}

// exitError ends the program with a code that scripts can tell from others.
type exitError struct {
	code int
	error
}

func (e exitError) Unwrap() error { return e.error }

func codeOf(err error) int {
	var coded exitError
	if errors.As(err, &coded) {
		return coded.code
	}
	return 1
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("sportello"), kong.Description("The omnichannel messaging hub for town halls."),
		kong.Vars{"version": app.Version}, kong.Writers(out, errs), kong.UsageOnError())
	if err != nil {
		return fmt.Errorf("building the command line: %w", err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return chosen.Run(&session{ctx: ctx, file: c.Config, out: out, err: errs})
}

// load reads the configuration with a command's own overrides.
func (s *session) load(overrides map[string]any) (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(config.Sources{File: s.file, Environ: os.Environ(), Overrides: overrides})
	if err != nil {
		return cfg, nil, err
	}
	log, err := telemetry.NewLogger(s.err, cfg.Log.Level, cfg.Log.Format)
	return cfg, log, err
}

// withDomain runs do on an open database without anything running beside it.
func (s *session) withDomain(do func(*app.Domain) error) (err error) {
	cfg, log, err := s.load(nil)
	if err != nil {
		return err
	}
	db, err := app.OpenDatabase(s.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(s.ctx))) }()
	domain, err := app.OpenDomain(s.ctx, cfg, db)
	if err != nil {
		return err
	}
	defer domain.Pool.Close()
	return do(domain)
}
