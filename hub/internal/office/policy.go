package office

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// MailPolicy is what the town has decided about letters.
type MailPolicy struct {
	// ReopenDays is for how many days after its end a letter opens a ticket again; with 0 none does.
	ReopenDays int
	// MailDomains are those of the town's own people.
	MailDomains []string
	Offices     []ReopenPolicy
}

// ReopenPolicy is what one office does otherwise than the town; nil is as the town.
type ReopenPolicy struct {
	Office     id.Office
	Name       string
	ReopenDays *int
}

// maxReopenDays is ten years.
const maxReopenDays = 3650

// MailPolicy reads the policy, with every active office by name.
func (s *Store) MailPolicy(ctx context.Context, q postgres.Querier) (*MailPolicy, error) {
	town, err := s.queries.Policy(ctx, q)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("the town is not set up")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the town's policy: %w", err)
	}
	rows, err := s.queries.OfficePolicies(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("reading the offices' policies: %w", err)
	}
	p := &MailPolicy{ReopenDays: int(town.ReopenDays), MailDomains: town.MailDomains}
	for _, r := range rows {
		o := ReopenPolicy{Office: r.ID, Name: r.Name}
		if r.ReopenDays != nil {
			days := int(*r.ReopenDays)
			o.ReopenDays = &days
		}
		p.Offices = append(p.Offices, o)
	}
	return p, nil
}

// PutMailPolicy changes the policy; offices that are not named follow the town.
func (s *Store) PutMailPolicy(ctx context.Context, tx pgx.Tx, p MailPolicy) error {
	domains, err := cleanDomains(p.MailDomains)
	if err != nil {
		return err
	}
	if p.ReopenDays < 0 || p.ReopenDays > maxReopenDays {
		return fault.Invalid("reopen_days", "out_of_range", "0 to %d days", maxReopenDays)
	}
	change := db.PutOfficePoliciesParams{Ids: []uuid.UUID{}, Days: []int32{}}
	for _, o := range p.Offices {
		if o.ReopenDays == nil {
			continue
		}
		if *o.ReopenDays < 0 || *o.ReopenDays > maxReopenDays {
			return fault.Invalid("offices", "out_of_range", "0 to %d days", maxReopenDays)
		}
		change.Ids, change.Days = append(change.Ids, o.Office.UUID), append(change.Days, int32(*o.ReopenDays))
	}
	if _, err := s.queries.PutPolicy(ctx, tx, db.PutPolicyParams{ReopenDays: int32(p.ReopenDays), MailDomains: domains}); err != nil {
		return fmt.Errorf("writing the town's policy: %w", err)
	}
	if err := s.queries.ClearOfficePolicies(ctx, tx); err != nil {
		return fmt.Errorf("writing the offices' policies: %w", err)
	}
	if err := s.queries.PutOfficePolicies(ctx, tx, change); err != nil {
		return fmt.Errorf("writing the offices' policies: %w", err)
	}
	return nil
}

// cleanDomains takes domains as people type them: "@Comune.Example.it " is comune.example.it.
func cleanDomains(list []string) ([]string, error) {
	clean := []string{}
	for _, d := range list {
		d = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
		if parsed, err := mail.ParseAddress("x@" + d); err != nil || parsed.Address != "x@"+d || !strings.Contains(d, ".") {
			return nil, fault.Invalid("mail_domains", "format", "%q is no mail domain", d)
		}
		if !slices.Contains(clean, d) {
			clean = append(clean, d)
		}
	}
	return clean, nil
}
