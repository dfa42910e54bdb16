package main

import (
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
	Tickets int      `help:"Fill an empty database with the sample town and so many past tickets." placeholder:"N"`
}

// Run names the town, or makes the sample one.
func (c *seedCommand) Run(s *session) error {
	if (c.Town == "") == (c.Tickets == 0) {
		return errors.New("say either --town NAME or --tickets N")
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
		return d.Offices.PutTown(s.ctx, d.Pool, office.Town{Name: c.Town, Zone: zone, Languages: []string{"it", "en"}, MailDomains: c.Domain})
	})
}

func (c *seedCommand) sample(s *session, d *app.Domain) error {
	if _, err := d.Offices.Town(s.ctx, d.Pool); fault.Kind(err) != fault.CodeNotFound {
		return errors.New("--tickets: the database holds a town already; sample data go into an empty one only")
	}
	town, err := sample.Raise(s.ctx, partsOf(d))
	if err != nil {
		return err
	}
	began := time.Now()
	if err := sample.NewHistory(d.Pool, town, d.Contacts, d.Now(), 1).Write(s.ctx, c.Tickets); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d tickets in %s\n", c.Tickets, time.Since(began).Round(time.Second))
	return nil
}
