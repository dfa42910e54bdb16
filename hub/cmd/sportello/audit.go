package main

import (
	"errors"
	"fmt"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/audit"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check the sealed chain and name the first bad row. Ends with 0 if it holds, 2 if rows were altered, removed, inserted or moved, 3 if it holds but sealing or exporting has stopped, 1 if it could not be checked."`
	List   auditListCommand   `cmd:"" help:"Show rows, newest first; doing so is in the log too."`
	Export auditExportCommand `cmd:"" help:"Write rows to a file or standard output; doing so is in the log too."`
}

// The codes with which verify ends, besides 0 and, for what could not be checked, 1.
const (
	exitBroken = 2
	exitLate   = 3
)

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
	if c.Head != "" && head.Place == 0 {
		return fmt.Errorf("no exported head in %s, which was to be held against the log", path)
	}
	return s.withDomain(func(d *app.Domain) error {
		found, err := audit.Verify(s.ctx, d.Pool, d.Keys, head, func(place int64) { fmt.Fprintf(s.err, "%d rows checked\n", place) })
		if err != nil {
			return err
		}
		if !found.Fault.None() {
			return unsound(found.Fault)
		}
		if head.Place == 0 {
			fmt.Fprintf(s.out, "warning: no exported head in %s: a missing end would not be seen\n", path)
		}
		fmt.Fprintf(s.out, "ok    %d sealed rows, the chain holds\n", found.Sealed)
		return nil
	})
}

// unsound words a fault and says with which code the command ends.
func unsound(f audit.Fault) error {
	if f.Late() {
		return exitError{exitLate, errors.New("the audit log holds as far as it is sealed, but " + f.String())}
	}
	return exitError{exitBroken, errors.New("the audit log does not hold: " + f.String())}
}
