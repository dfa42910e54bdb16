// Command simulator runs the outside world on its own: mail servers, citizens, and the page on which one plays them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"sportello.dev/adapters/simulator"
)

// options are the command line.
type options struct {
	Data     string        `help:"Directory that keeps mail and journal; without it everything is forgotten at the end." type:"path"`
	SMTP     string        `help:"Where SMTP listens." default:"127.0.0.1:2525" name:"smtp"`
	IMAP     string        `help:"Where IMAP listens." default:"127.0.0.1:2143" name:"imap"`
	HTTP     string        `help:"Where the citizen's page listens." default:"127.0.0.1:8090" name:"http"`
	TLS      string        `help:"TLS of the mail servers." enum:"off,starttls,implicit" default:"off" name:"tls"`
	Mailbox  []string      `help:"Account of the town hall, as address=password; may be repeated." placeholder:"ADDRESS=PASSWORD"`
	Seed     uint64        `help:"Seed of the scripted mail; 0 takes the time."`
	Quiet    bool          `help:"No scripted mail."`
	MinPause time.Duration `help:"Shortest pause between two scripted letters." default:"6s"`
	MaxPause time.Duration `help:"Longest pause between two scripted letters." default:"15s"`
	Bounce   time.Duration `help:"How long bounces and automatic answers take." default:"2s"`
}

func main() {
	var opts options
	kong.Parse(&opts, kong.Name("simulator"), kong.Description("The outside world of a town hall, for demonstrations and tests."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opts, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// run runs the world until ctx ends.
func run(ctx context.Context, opts options, out, logs io.Writer) error {
	mailboxes, err := parseMailboxes(opts.Mailbox)
	if err != nil {
		return err
	}
	if opts.Seed == 0 {
		opts.Seed = uint64(time.Now().UnixNano())
	}
	world, err := simulator.New(simulator.Config{
		Dir: opts.Data, SMTPAddr: opts.SMTP, IMAPAddr: opts.IMAP, HTTPAddr: opts.HTTP, TLS: simulator.TLS(opts.TLS),
		Mailboxes: mailboxes, Seed: opts.Seed, ReactionDelay: opts.Bounce, Logger: slog.New(slog.NewTextHandler(logs, nil)),
	})
	if err != nil {
		return err
	}
	defer world.Stop()
	if err := world.Start(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "page  http://%s\nsmtp  %s\nimap  %s\n", world.HTTPAddr(), world.SMTPAddr(), world.IMAPAddr())
	if err != nil {
		return fmt.Errorf("saying where the world is: %w", err)
	}
	if opts.Quiet {
		<-ctx.Done()
		return nil
	}
	return world.RunScript(ctx, simulator.Pace{Min: opts.MinPause, Max: opts.MaxPause})
}

func parseMailboxes(list []string) ([]simulator.Mailbox, error) {
	var mailboxes []simulator.Mailbox
	for _, entry := range list {
		address, password, ok := strings.Cut(entry, "=")
		if !ok || password == "" {
			return nil, errors.New("a mailbox is written address=password")
		}
		mailboxes = append(mailboxes, simulator.Mailbox{Address: address, Password: password})
	}
	return mailboxes, nil
}
