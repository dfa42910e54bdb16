package main

import (
	"errors"
	"fmt"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/audit"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check the sealed chain; fails and names the first bad row if it does not hold."`
}

type auditVerifyCommand struct {
	Head string `help:"Exported head to hold the log against; default audit-head.json in the data directory." placeholder:"FILE"`
}

// Run walks the chain.
func (c *auditVerifyCommand) Run(s *session) error {
	cfg, _, err := s.load(nil)
	if err != nil {
		return err
	}
	path := c.Head
	if path == "" {
		path = app.AuditHead(cfg)
	}
	head, err := audit.ReadHead(path)
	if err != nil {
		return err
	}
	return s.withDomain(func(d *app.Domain) error {
		found, err := audit.Verify(s.ctx, d.Pool, d.Keys, head, func(place int64) { fmt.Fprintf(s.err, "%d rows checked\n", place) })
		if err != nil {
			return err
		}
		if !found.Fault.None() {
			return errors.New("the audit log does not hold: " + found.Fault.String())
		}
		if head.Place == 0 {
			fmt.Fprintf(s.out, "warning: no exported head in %s: a missing end would not be seen\n", path)
		}
		fmt.Fprintf(s.out, "ok    %d sealed rows, the chain holds\n", found.Sealed)
		return nil
	})
}
