package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/office"
)

type officeCommand struct {
	List     officeListCommand     `cmd:"" help:"List offices."`
	Identity officeIdentityCommand `cmd:"" help:"Show, or change, with which name and signature an office writes."`
}

type officeListCommand struct{}

// Run lists offices.
func (c *officeListCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		list, err := d.Offices.List(s.ctx, d.Pool)
		if err != nil {
			return err
		}
		for _, o := range list {
			fmt.Fprintf(s.out, "%-20s %s\n", o.Slug, o.Name)
		}
		return nil
	})
}

type officeIdentityCommand struct {
	Slug      string  `arg:"" help:"The office."`
	Sender    *string `help:"Name that recipients see beside the address; empty for the town's and the office's." placeholder:"NAME"`
	Signature string  `help:"File with the signature, plain text." type:"existingfile" placeholder:"FILE"`
	Channel   string  `help:"By one kind of channel alone, such as sms; empty for all that have none of their own." placeholder:"KIND"`
}

// Run changes what is given and shows what is in force.
func (c *officeIdentityCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		which, err := officeBySlug(s, d, c.Slug)
		if err != nil {
			return err
		}
		if which.IsZero() {
			return errors.New("name the office")
		}
		o, err := d.Offices.Get(s.ctx, d.Pool, which)
		if err != nil {
			return err
		}
		if c.Sender != nil || c.Signature != "" {
			if err := c.change(s, d, o); err != nil {
				return err
			}
		}
		town, err := d.Offices.Town(s.ctx, d.Pool)
		if err != nil {
			return err
		}
		signed := o.On(c.Channel)
		fmt.Fprintf(s.out, "%s\n\n%s\n", o.Sender(town.Name, c.Channel), signed.Signature)
		return nil
	})
}

func (c *officeIdentityCommand) change(s *session, d *app.Domain, o *office.Office) error {
	all, by := office.Identity{SenderName: o.SenderName, Signature: o.Signature}, o.Identities
	changed := all
	if c.Channel != "" {
		changed = o.On(c.Channel)
	}
	if c.Sender != nil {
		changed.SenderName = *c.Sender
	}
	if c.Signature != "" {
		text, err := os.ReadFile(c.Signature)
		if err != nil {
			return fmt.Errorf("reading the signature: %w", err)
		}
		changed.Signature = string(text)
	}
	if c.Channel == "" {
		all = changed
	} else {
		by = maps.Clone(by)
		by[c.Channel] = changed
	}
	err := s.recorded(d, account.OfficeManage, "cliOfficeIdentity", "offices/"+o.ID.String(), func(ctx context.Context) error {
		return d.Offices.SetIdentity(ctx, d.Pool, o.ID, all, by)
	})
	if err != nil {
		return err
	}
	after, err := d.Offices.Get(s.ctx, d.Pool, o.ID)
	if err == nil {
		*o = *after
	}
	return err
}
