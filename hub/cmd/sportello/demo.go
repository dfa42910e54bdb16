package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"sportello.dev/adapters/simulator"
	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/sample"
	"sportello.dev/hub/internal/telemetry"
)

type demoCommand struct {
	Data          string `help:"Directory that keeps the demo between starts." type:"path" placeholder:"DIR"`
	Public        string `help:"Address of the public listener." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Internal      string `help:"Address of the operators' listener." default:"127.0.0.1:8081" placeholder:"ADDR"`
	Simulator     string `help:"Address of the citizens' page." default:"127.0.0.1:8090" placeholder:"ADDR"`
	ReadyFile     string `help:"File to write, as JSON, when all is up." type:"path" placeholder:"FILE"`
	QuietCitizens bool   `help:"No scripted traffic: citizens only do what somebody makes them do."`
	Tickets       int    `help:"Past tickets of a new demo." default:"2000"`
}

// ready is what the ready file holds.
type ready struct {
	PublicURL    string         `json:"public_url"`
	InternalURL  string         `json:"internal_url"`
	SimulatorURL string         `json:"simulator_url"`
	SMTP         string         `json:"smtp"`
	IMAP         string         `json:"imap"`
	SMPP         string         `json:"smpp"`
	Mailbox      string         `json:"mailbox"`
	APIToken     string         `json:"api_token"`
	Logins       []sample.Login `json:"logins"`
}

// townPassword is the password of the town's mailbox in the simulated world.
const townPassword = "municipio"

// Run starts everything and works until it is told to stop.
func (c *demoCommand) Run(s *session) error {
	if c.Data == "" {
		c.Data = demoDir()
	}
	if c.ReadyFile != "" {
		if err := os.Remove(c.ReadyFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing an old ready file: %w", err)
		}
	}
	cfg, _, err := s.load(map[string]any{
		"data_dir": c.Data, "database.url": "", "public.addr": c.Public, "internal.addr": c.Internal, "log.format": "text",
	})
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(s.err, "warn", "text")
	if err != nil {
		return err
	}
	d := &demo{command: c, cfg: cfg, log: log, out: s, began: time.Now()}
	return d.run(s.ctx)
}

// demoDir is a place that the private database's own user can reach, also when root starts the demo.
func demoDir() string {
	if os.Getuid() == 0 {
		return "/var/lib/sportello-demo"
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "sportello-demo")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "sportello-demo"
	}
	return filepath.Join(home, ".local", "share", "sportello-demo")
}

// demo is one run of the demo.
type demo struct {
	command *demoCommand
	cfg     config.Config
	log     *slog.Logger
	out     *session
	began   time.Time
	world   *simulator.World
	token   string
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out.out, "%5.1f s  %s\n", time.Since(d.began).Seconds(), fmt.Sprintf(format, args...))
}

func (d *demo) run(ctx context.Context) (err error) {
	// Another user runs the private database and must pass through.
	if err := os.MkdirAll(d.cfg.DataDir, 0o711); err != nil { //nolint:gosec // passing through is not reading
		return fmt.Errorf("making the demo's directory: %w", err)
	}
	d.say("starting the demo in %s", d.cfg.DataDir)
	// First of all: it refuses a directory that is somebody else's, or in use.
	db, err := app.OpenDatabase(ctx, d.cfg, d.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	d.say("database ready")
	err = d.prepare(ctx, db)
	if d.world != nil {
		defer d.world.Stop()
	}
	if err != nil {
		return err
	}
	hub, err := app.New(ctx, d.cfg, db, d.log)
	if err != nil {
		return err
	}
	return app.WithDatabase(ctx, db, func(ctx context.Context) error { return d.together(ctx, hub) })
}

// openWorld starts the simulated mail servers and the citizens' page.
func (d *demo) openWorld(ctx context.Context) error {
	world, err := simulator.New(simulator.Config{
		Dir: filepath.Join(d.cfg.DataDir, "world"), HTTPAddr: d.command.Simulator,
		Mailboxes: []simulator.Mailbox{{Address: sample.Mailbox, Password: townPassword}}, SMPPPassword: townPassword,
		ReactionDelay: 2 * time.Second, Seed: uint64(d.began.UnixNano()), Logger: d.log.With("part", "simulator"),
	})
	if err != nil {
		return fmt.Errorf("making the simulated world: %w", err)
	}
	if err := world.Start(ctx); err != nil {
		return fmt.Errorf("starting the simulated world: %w", err)
	}
	d.world = world
	d.say("simulated world ready")
	return nil
}

// prepare fills a new database with the sample town and points its mailbox at this run's mail servers.
func (d *demo) prepare(ctx context.Context, db *app.Database) error {
	domain, err := app.OpenDomain(ctx, d.cfg, db)
	if err != nil {
		return err
	}
	defer domain.Pool.Close()
	parts := partsOf(domain)
	town, err := domain.Offices.Town(ctx, domain.Pool)
	switch {
	case fault.Kind(err) == fault.CodeNotFound:
		if err := d.raise(ctx, domain, parts); err != nil {
			return err
		}
	case err != nil:
		return err
	case !town.Demo:
		return fmt.Errorf("%s belongs to %s, which is no demo: choose another directory with --data", d.cfg.DataDir, town.Name)
	}
	if err := d.openWorld(ctx); err != nil {
		return err
	}
	world, err := d.mailWorld()
	if err != nil {
		return err
	}
	if err := sample.Connect(ctx, parts, world); err != nil {
		return err
	}
	texts, err := d.textWorld()
	if err != nil {
		return err
	}
	if err := sample.ConnectTexts(ctx, parts, texts); err != nil {
		return err
	}
	_, d.token, err = domain.Accounts.ReplaceToken(ctx, account.NewToken{Name: "demo", Role: account.Administrator, Lasts: account.Forever, Because: "the demo's own"})
	return err
}

func (d *demo) raise(ctx context.Context, domain *app.Domain, parts sample.Parts) error {
	town, err := sample.Raise(ctx, parts)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, domain.Pool, func(tx pgx.Tx) error {
		_, err := domain.Routing.Put(ctx, tx, account.System(), 0, town.Rules())
		return err
	})
	if err != nil {
		return fmt.Errorf("writing the routing rules: %w", err)
	}
	d.say("town raised, writing %d past tickets", d.command.Tickets)
	recent := min(d.command.Tickets, sample.Recent)
	if err := sample.WritePast(ctx, parts, town, d.command.Tickets-recent, domain.Now(), 1); err != nil {
		return err
	}
	if err := sample.NewHistory(domain.Pool, town, domain.Contacts, domain.Now(), 1).Write(ctx, recent); err != nil {
		return err
	}
	return sample.WriteToday(ctx, parts, town, domain.Now())
}

func partsOf(d *app.Domain) sample.Parts {
	return sample.Parts{Pool: d.Pool, Accounts: d.Accounts, Offices: d.Offices, Channels: d.Channels}
}

func (d *demo) mailWorld() (sample.MailWorld, error) {
	w := sample.MailWorld{Password: townPassword, AuthServID: simulator.DefaultAuthServID}
	var err error
	if w.IMAPHost, w.IMAPPort, err = hostPort(d.world.IMAPAddr()); err != nil {
		return w, err
	}
	w.SMTPHost, w.SMTPPort, err = hostPort(d.world.SMTPAddr())
	return w, err
}

func (d *demo) textWorld() (sample.TextWorld, error) {
	w := sample.TextWorld{SystemID: simulator.SMPPSystemID, Password: townPassword, Number: simulator.DefaultTownNumber}
	var err error
	w.Host, w.Port, err = hostPort(d.world.SMPPAddr())
	return w, err
}

func hostPort(addr string) (string, int, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("reading an address: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", 0, fmt.Errorf("reading a port: %w", err)
	}
	return host, port, nil
}

// together runs hub and citizens, and tells when all is up.
func (d *demo) together(ctx context.Context, hub *app.App) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return hub.Run(ctx) })
	g.Go(func() error {
		if err := awaitMailbox(ctx, hub); err != nil {
			return err
		}
		if err := d.announce(hub); err != nil || d.command.QuietCitizens {
			return err
		}
		return d.world.RunScript(ctx, simulator.Pace{})
	})
	err := g.Wait()
	if d.command.ReadyFile != "" {
		err = errors.Join(err, removeIfThere(d.command.ReadyFile))
	}
	return err
}

func removeIfThere(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the ready file: %w", err)
	}
	return nil
}

// mailboxWait is how long the mail channel may take to work.
const mailboxWait = 60 * time.Second

// awaitMailbox waits until the hub reads the town's mailbox.
func awaitMailbox(ctx context.Context, hub *app.App) error {
	ctx, cancel := context.WithTimeout(ctx, mailboxWait)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ch, err := hub.Channels.BySlug(ctx, hub.Pool, sample.ChannelSlug)
		if err == nil && ch.Health.State == channel.Healthy && ch.Health.At != nil && ch.Health.At.After(hub.Began) {
			return nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
				return errors.New("the mail channel did not get ready within a minute")
			}
			return nil
		case <-tick.C:
		}
	}
}

// announce prints where to go and writes the ready file, whole or not at all.
func (d *demo) announce(hub *app.App) error {
	r := ready{
		PublicURL: "http://" + hub.PublicAddr(), InternalURL: "http://" + hub.InternalAddr(), SimulatorURL: "http://" + d.world.HTTPAddr(),
		SMTP: d.world.SMTPAddr(), IMAP: d.world.IMAPAddr(), SMPP: d.world.SMPPAddr(), Mailbox: sample.Mailbox, APIToken: d.token, Logins: sample.Logins(),
	}
	d.say("ready\n")
	fmt.Fprintf(d.out.out, "  %-14s %s\n", "citizens", r.SimulatorURL)
	fmt.Fprintf(d.out.out, "  %-14s %s/telefono\n", "their phones", r.SimulatorURL)
	fmt.Fprintf(d.out.out, "  %-14s %s/%s\n", "web forms", r.PublicURL, sample.FormsSlug)
	for _, l := range r.Logins {
		fmt.Fprintf(d.out.out, "  %-14s %s   user %s, password %s\n", l.Role, r.InternalURL, l.User, l.Password)
	}
	fmt.Fprintf(d.out.out, "  %-14s %s/api/docs\n\n  Ctrl-C ends the demo.\n", "API", r.InternalURL)
	if d.command.ReadyFile == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the ready file: %w", err)
	}
	partial := d.command.ReadyFile + ".partial"
	if err := os.WriteFile(partial, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	if err := os.Rename(partial, d.command.ReadyFile); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	return nil
}
