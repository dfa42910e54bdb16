package contact

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Category is what the town writes about of its own accord.
type Category string

// The categories. Who refuses Anything is not to be contacted, whatever else he said; who gives it takes that back.
const (
	Anything Category = "any"
	Notices  Category = "notices"
	Events   Category = "events"
	Surveys  Category = "surveys"
)

// Limits of what is noted of a consent: the words in bytes, the age of what somebody said in years.
const (
	maxWording = 1000
	maxAge     = 30
)

// Consent is what a contact said about one category, and how the town knows.
type Consent struct {
	ID       uuid.UUID `db:"id"`
	Category Category  `db:"category"`
	Given    bool      `db:"given"`
	// Source is counter, phone, paper, message or office; Wording what was asked or said.
	Source  string `db:"source"`
	Wording string `db:"wording"`
	// SaidOn is the day on which it was said, the beginning of that day in UTC.
	SaidOn     time.Time   `db:"said_on"`
	RecordedBy id.Operator `db:"recorded_by"`
	// Recorder is the name of who noted it, empty for a script.
	Recorder   string    `db:"recorder"`
	RecordedAt time.Time `db:"recorded_at"`
}

// Consents lists what a contact said, and who was merged with it, the latest word first.
func (s *Store) Consents(ctx context.Context, q postgres.Querier, c id.Contact) ([]Consent, error) {
	rows, err := q.Query(ctx, `
		SELECT s.id, s.category, s.given, s.source, s.wording, s.said_on, s.recorded_by, coalesce(o.name, '') AS recorder, s.recorded_at
		FROM consent s LEFT JOIN operator o ON o.id = s.recorded_by
		WHERE s.contact_id = ANY(ARRAY(SELECT contact_group($1)))
		ORDER BY s.said_on DESC, s.recorded_at DESC, s.id DESC LIMIT 200`, c)
	if err != nil {
		return nil, fmt.Errorf("reading consents: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Consent])
	if err != nil {
		return nil, fmt.Errorf("reading consents: %w", err)
	}
	return all, nil
}

// Say notes what a locked contact said. What was said before stays, with who noted it.
func (s *Store) Say(ctx context.Context, tx pgx.Tx, by account.Actor, c *Contact, said Consent, now time.Time) error {
	if err := said.check(now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO consent (id, contact_id, category, given, source, wording, said_on, recorded_by, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		uuid.Must(uuid.NewV7()), c.ID, said.Category, said.Given, said.Source, tidy(said.Wording), said.SaidOn, by.Operator, now)
	if err != nil {
		return fmt.Errorf("noting a consent: %w", err)
	}
	return s.touch(ctx, tx, c.ID)
}

// check refuses what nobody could prove later: a consent in no words, or of a day that has not come.
func (c Consent) check(now time.Time) error {
	switch {
	case c.Given && tidy(c.Wording) == "":
		return fault.Invalid("wording", "required", "a consent without what was asked")
	case len(c.Wording) > maxWording:
		return fault.Invalid("wording", "too_long", "at most %d bytes of what was said", maxWording)
	case c.SaidOn.After(now.AddDate(0, 0, 1)):
		return fault.Invalid("said_on", "future", "said on a day that has not come")
	case c.SaidOn.Before(now.AddDate(-maxAge, 0, 0)):
		return fault.Invalid("said_on", "too_old", "said more than %d years ago", maxAge)
	}
	return nil
}

func tidy(s string) string {
	return strings.ToValidUTF8(strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")), "")
}

// Latest is the last word on each category, of what Consents lists.
func Latest(all []Consent) map[Category]Consent {
	last := map[Category]Consent{}
	for _, c := range all {
		if _, later := last[c.Category]; !later {
			last[c.Category] = c
		}
	}
	return last
}
