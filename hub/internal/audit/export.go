package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
)

// Format is how a file holds the log.
type Format string

// The formats: a table for spreadsheets, and one JSON object a line for programs.
const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// line is a row in a file; the names are those of the API.
type line struct {
	ID         int64     `json:"id"`
	At         time.Time `json:"at"`
	Kind       Kind      `json:"kind"`
	Actor      string    `json:"actor"`
	ActorName  string    `json:"actor_name,omitempty"`
	Act        string    `json:"act"`
	Route      string    `json:"route"`
	Object     string    `json:"object"`
	ObjectName string    `json:"object_name,omitempty"`
	Outcome    Outcome   `json:"outcome"`
	Address    string    `json:"address,omitempty"`
	Place      *int64    `json:"place,omitempty"`
	Hidden     bool      `json:"hidden,omitempty"`
}

var header = []string{"id", "at", "kind", "actor", "actor_name", "act", "route", "object", "object_name", "outcome", "address", "place", "hidden"}

// Export writes the wanted rows, newest first, as far as the scope reaches.
func Export(ctx context.Context, q postgres.Querier, scope account.Scope, f Filter, format Format, out io.Writer) error {
	switch format {
	case JSONL:
		to := json.NewEncoder(out)
		to.SetEscapeHTML(false)
		return Each(ctx, q, scope, f, func(r Record) error { return written(to.Encode(lineOf(r))) })
	case CSV:
		to := csv.NewWriter(out)
		if err := to.Write(header); err != nil {
			return written(err)
		}
		err := Each(ctx, q, scope, f, func(r Record) error { return written(to.Write(lineOf(r).cells())) })
		if err != nil {
			return err
		}
		to.Flush()
		return written(to.Error())
	}
	return fmt.Errorf("no format %q: csv or jsonl", format)
}

func written(err error) error {
	if err != nil {
		return fmt.Errorf("writing the audit log out: %w", err)
	}
	return nil
}

func lineOf(r Record) line {
	return line{
		ID: r.ID, At: r.At.UTC(), Kind: r.Kind, Actor: r.Actor, ActorName: r.ActorName, Act: r.Act, Route: r.Route,
		Object: r.Object, ObjectName: r.ObjectName, Outcome: r.Outcome, Address: r.Address, Place: r.Place, Hidden: r.Hidden,
	}
}

func (l line) cells() []string {
	place, hidden := "", ""
	if l.Hidden {
		hidden = "true"
	}
	if l.Place != nil {
		place = strconv.FormatInt(*l.Place, 10)
	}
	cells := []string{
		strconv.FormatInt(l.ID, 10), l.At.Format(time.RFC3339Nano), string(l.Kind), l.Actor, l.ActorName, l.Act, l.Route,
		l.Object, l.ObjectName, string(l.Outcome), l.Address, place, hidden,
	}
	for i, c := range cells {
		cells[i] = harmless(c)
	}
	return cells
}

// harmless keeps a spreadsheet from taking a name for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
