package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/fault"
)

// auditFilter says which rows are wanted; nothing given means all.
type auditFilter struct {
	From    string `help:"First day (2026-11-28) or moment (RFC 3339), in the town's time." placeholder:"DAY"`
	Until   string `help:"Last day, or the first moment that no longer counts." placeholder:"DAY"`
	Actor   string `help:"Login of an operator, or who it was as the log writes it: token:ID, shell:USER." placeholder:"WHO"`
	Kind    string `help:"sign_in, act or read." enum:",sign_in,act,read" default:""`
	Act     string `help:"Act as the log writes it, such as ticket.reply." placeholder:"ACT"`
	Outcome string `help:"done, failed or asked." enum:",done,failed,asked" default:""`
	Object  string `help:"Number of a ticket, or the object as the log writes it: contacts/ID." placeholder:"OBJECT"`
}

func (c *auditFilter) filter(s *session, d *app.Domain) (audit.Filter, error) {
	f := audit.Filter{Actor: c.Actor, Kind: audit.Kind(c.Kind), Act: c.Act, Outcome: audit.Outcome(c.Outcome), Object: c.Object}
	if c.Actor != "" && !strings.Contains(c.Actor, ":") {
		o, err := d.Accounts.OperatorByLogin(s.ctx, c.Actor)
		if err != nil {
			return f, fmt.Errorf("--actor: %w", err)
		}
		f.Actor = account.Actor{Kind: account.KindOperator, Operator: o.ID}.Key()
	}
	if c.Object != "" && !strings.Contains(c.Object, "/") {
		f.Object = "tickets/" + c.Object
	}
	zone := time.UTC
	town, err := d.Offices.Town(s.ctx, d.Pool)
	switch {
	case err == nil:
		zone = town.Zone
	case fault.Kind(err) != fault.CodeNotFound:
		return f, err
	}
	if f.From, err = momentOf("--from", c.From, zone, 0); err != nil {
		return f, err
	}
	f.Until, err = momentOf("--until", c.Until, zone, 1)
	return f, err
}

// momentOf reads a moment, or a day in the town's time: its beginning, or that of the day so many later.
func momentOf(flag, text string, zone *time.Location, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day.AddDate(0, 0, later), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: write a day, 2026-11-28, or a moment, 2026-11-28T08:00:00+01:00", flag)
	}
	return at, nil
}

type auditListCommand struct {
	auditFilter
	Limit int `help:"How many rows at most, newest first." default:"50"`
}

// errEnough ends a list that has shown what was asked for.
var errEnough = errors.New("enough")

// Run lists rows. Looking at the log is in the log.
func (c *auditListCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		f, err := c.filter(s, d)
		if err != nil {
			return err
		}
		if err := s.lookedAt(d, "cliAuditList", "audit"); err != nil {
			return err
		}
		shown := 0
		err = audit.Each(s.ctx, d.Pool, account.SystemScope(), f, func(r audit.Record) error {
			if shown >= c.Limit {
				return errEnough
			}
			shown++
			return printRecord(s.out, r)
		})
		if errors.Is(err, errEnough) {
			fmt.Fprintf(s.err, "there are more rows: --limit, --from and --until say which\n")
			return nil
		}
		return err
	})
}

func printRecord(out io.Writer, r audit.Record) error {
	who, what := r.Actor, r.Object
	if r.ActorName != "" {
		who = fmt.Sprintf("%s (%s)", r.ActorName, r.Actor)
	}
	if r.ObjectName != "" && !strings.HasSuffix(r.Object, r.ObjectName) {
		what = fmt.Sprintf("%s (%s)", r.Object, r.ObjectName)
	}
	_, err := fmt.Fprintf(out, "%s  %-7s %-6s %-20s %s  %q %s\n", r.At.Local().Format(time.RFC3339), r.Kind, r.Outcome, r.Route, what, who, r.Address)
	if err != nil {
		return fmt.Errorf("writing the audit log out: %w", err)
	}
	return nil
}

type auditExportCommand struct {
	auditFilter
	Format string `help:"csv for spreadsheets, jsonl for programs: one JSON object a line." enum:"csv,jsonl" default:"jsonl"`
	Output string `help:"File to write; one that is there is not touched. Standard output if none is named." short:"o" placeholder:"FILE"`
}

// Run writes rows to a file, newest first, a thousand in memory at a time.
func (c *auditExportCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		f, err := c.filter(s, d)
		if err != nil {
			return err
		}
		if err := s.lookedAt(d, "cliAuditExport", "audit/export"); err != nil {
			return err
		}
		if c.Output == "" {
			return audit.Export(s.ctx, d.Pool, account.SystemScope(), f, audit.Format(c.Format), s.out)
		}
		return c.write(s, d, f)
	})
}

// write leaves no half file behind that could pass for a whole one.
func (c *auditExportCommand) write(s *session, d *app.Domain, f audit.Filter) error {
	file, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	buffer := bufio.NewWriter(file)
	err = audit.Export(s.ctx, d.Pool, account.SystemScope(), f, audit.Format(c.Format), buffer)
	if err == nil {
		err = buffer.Flush()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("exporting the audit log: %w", err), os.Remove(c.Output))
	}
	return nil
}
