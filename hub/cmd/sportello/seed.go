package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/sample"
)

type seedCommand struct {
	Town    string   `help:"Name of the town." placeholder:"NAME"`
	Zone    string   `help:"Time zone of the town." default:"Europe/Rome"`
	Domain  []string `help:"Mail domain of the town; may be repeated."`
	Tickets int      `help:"Fill an empty database with the sample town and so many past tickets, five messages each; a million takes minutes." placeholder:"N"`
	Years   int      `help:"Over how many years they are spread." default:"5" placeholder:"N"`
	Seed    uint64   `help:"Another seed makes another past." default:"1"`
}

// Run names the town, or makes the sample one.
func (c *seedCommand) Run(s *session) error {
	if (c.Town == "") == (c.Tickets == 0) {
		return errors.New("say either --town NAME or --tickets N")
	}
	if c.Years < 1 || c.Years > 20 {
		return errors.New("--years: from 1 to 20")
	}
	return s.withDomain(func(d *app.Domain) error {
		if c.Tickets > 0 {
			return c.sample(s, d)
		}
		zone, err := time.LoadLocation(c.Zone)
		if err != nil {
			return fmt.Errorf("--zone: %w", err)
		}
		if err := d.EnsureTown(s.ctx); err != nil {
			return err
		}
		return s.recorded(d, systemManage, "cliSeedTown", "town", func(ctx context.Context) error {
			return d.Offices.PutTown(ctx, d.Pool, office.Town{Name: c.Town, Zone: zone, Languages: []string{"it", "en"}, MailDomains: c.Domain})
		})
	})
}

// sample fills an empty database. A town's own data are never touched: only the sample town, without a single ticket, is
// filled.
func (c *seedCommand) sample(s *session, d *app.Domain) error {
	town, err := d.Offices.Town(s.ctx, d.Pool)
	switch {
	case fault.Kind(err) == fault.CodeNotFound:
	case err != nil:
		return err
	case !town.Demo:
		return fmt.Errorf("--tickets: the database belongs to %s; sample data go into an empty one only", town.Name)
	default:
		return c.again(s, d)
	}
	raised, err := sample.Raise(s.ctx, partsOf(d))
	if err != nil {
		return err
	}
	return c.archive(s, d, raised)
}

// again looks at what an earlier run has left: a whole past, or, where that was interrupted, a town without one.
func (c *seedCommand) again(s *session, d *app.Domain) error {
	held, err := sample.Held(s.ctx, d.Pool)
	if err != nil {
		return err
	}
	if held.Tickets > 0 {
		fmt.Fprintf(s.out, "the sample town holds %d tickets with %d messages\n", held.Tickets, held.Messages)
		if held.Tickets < int64(c.Tickets) {
			return fmt.Errorf("--tickets %d: nothing was added, sample data go into an empty database only", c.Tickets)
		}
		return nil
	}
	town, err := sample.Find(s.ctx, partsOf(d))
	if err != nil {
		return err
	}
	return c.archive(s, d, town)
}

func (c *seedCommand) archive(s *session, d *app.Domain, town *sample.Town) error {
	began := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(s.out, "%6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
	archive, err := sample.NewArchive(s.ctx, partsOf(d), town, sample.Span{Tickets: c.Tickets, Years: c.Years, Seed: c.Seed, Now: d.Now()}, say)
	if err != nil {
		return err
	}
	err = s.recorded(d, systemManage, "cliSeed", "town", archive.Write)
	if err != nil {
		if s.ctx.Err() != nil {
			return errors.New("interrupted: no ticket was written, run it again")
		}
		return err
	}
	held, err := sample.Held(s.ctx, d.Pool)
	if err != nil {
		return err
	}
	say("%d tickets with %d messages", held.Tickets, held.Messages)
	return nil
}
