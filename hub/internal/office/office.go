package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// Office is a part of the town hall that holds tickets.
type Office struct {
	ID   id.Office
	Slug string
	Name string
	// SenderName is what recipients see beside the address; Sender fills in for an empty one.
	SenderName string
	// Signature stands under what operators write; plain text, lines apart.
	Signature string
	// Identities are by kind of channel, as its adapter is called, where the office signs otherwise by that one.
	Identities map[string]Identity
	// Area is the macro-area it falls into, when set.
	Area id.Area
	// Confidential: what it holds is seen by its members alone, whatever the role of others.
	Confidential bool
	// Fallback takes what comes for the office while it is closed down or has nobody; unset for none.
	Fallback id.Office
	// ReceivedBy is who takes it at present; unset while the office takes its own.
	ReceivedBy id.Office
	// ReopenDays is for how many days a letter opens a ticket again; nil as the town.
	ReopenDays *int
	Active     bool
	// DeactivatedAt is since when it is closed down.
	DeactivatedAt *time.Time
	// Version changes with every change but those of hours, signature and members.
	Version int64
}

func officeOf(r db.Office) (Office, error) {
	o := Office{
		ID: r.ID, Slug: r.Slug, Name: r.Name, SenderName: r.SenderName, Signature: r.Signature, Area: r.AreaID,
		Confidential: r.Confidential, Fallback: r.FallbackOfficeID, ReceivedBy: r.ReceivedBy, Active: r.Active,
		DeactivatedAt: r.DeactivatedAt, Version: r.Version,
	}
	if r.ReopenDays != nil {
		days := int(*r.ReopenDays)
		o.ReopenDays = &days
	}
	if err := json.Unmarshal(r.Identities, &o.Identities); err != nil {
		return o, fmt.Errorf("reading an office's signatures: %w", err)
	}
	return o, nil
}

// Town is the one this installation serves.
type Town struct {
	Name string
	// Zone is the time zone of ticket numbers, report days and business time.
	Zone *time.Location
	// Languages are language tags, the first is the default.
	Languages []string
	// MailDomains are the town's own; mail from them is not a citizen's.
	MailDomains []string
	// Demo marks a town made of sample data.
	Demo bool
}

// Store keeps the town and its offices.
type Store struct{ queries *db.Queries }

// NewStore returns a store.
func NewStore() *Store { return &Store{queries: db.New()} }

// List gives the active offices by name. Offices are no secret: every operator may hand a ticket to any of them.
func (s *Store) List(ctx context.Context, q postgres.Querier) ([]Office, error) {
	rows, err := s.queries.Offices(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing offices: %w", err)
	}
	return officesOf(rows)
}

// All gives the offices by name, those that are closed down too.
func (s *Store) All(ctx context.Context, q postgres.Querier) ([]Office, error) {
	rows, err := s.queries.AllOffices(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing offices: %w", err)
	}
	return officesOf(rows)
}

func officesOf(rows []db.Office) ([]Office, error) {
	list := make([]Office, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = officeOf(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Get reads one office.
func (s *Store) Get(ctx context.Context, q postgres.Querier, o id.Office) (*Office, error) {
	r, err := s.queries.Office(ctx, q, o)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("no office %s", o)
	}
	if err != nil {
		return nil, fmt.Errorf("reading an office: %w", err)
	}
	found, err := officeOf(r)
	return &found, err
}

// Add makes an office; its slug is unique.
func (s *Store) Add(ctx context.Context, q postgres.Querier, o Office) (id.Office, error) {
	if o.ID.IsZero() {
		o.ID = id.New[id.Office]()
	}
	err := s.queries.Insert(ctx, q, db.InsertParams{
		ID: o.ID, Slug: o.Slug, Name: o.Name, Signature: o.Signature, AreaID: o.Area, FallbackOfficeID: o.Fallback,
		Confidential: o.Confidential, ReopenDays: daysParam(o.ReopenDays),
	})
	if postgres.IsUnique(err, "office_slug_key") {
		return id.Office{}, fault.Conflict("an office %q exists", o.Slug)
	}
	if err != nil {
		return id.Office{}, fmt.Errorf("adding an office: %w", err)
	}
	postgres.Made(ctx, "offices", o.ID.String())
	return o.ID, nil
}

// Join makes an operator a member of an office.
func (s *Store) Join(ctx context.Context, q postgres.Querier, o id.Office, operator id.Operator) error {
	if err := s.queries.AddMember(ctx, q, db.AddMemberParams{OfficeID: o, OperatorID: operator}); err != nil {
		return fmt.Errorf("adding a member: %w", err)
	}
	return nil
}

// Of lists the offices an operator belongs to.
func (s *Store) Of(ctx context.Context, q postgres.Querier, operator id.Operator) ([]id.Office, error) {
	list, err := s.queries.OfOperator(ctx, q, operator)
	if err != nil {
		return nil, fmt.Errorf("listing an operator's offices: %w", err)
	}
	return list, nil
}

// Town reads the town; fault NotFound before it was set up.
func (s *Store) Town(ctx context.Context, q postgres.Querier) (*Town, error) {
	r, err := s.queries.Town(ctx, q)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("the town is not set up")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the town: %w", err)
	}
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("reading the town's time zone: %w", err)
	}
	return &Town{Name: r.Name, Zone: zone, Languages: r.Languages, MailDomains: r.MailDomains, Demo: r.Demo}, nil
}

// PutTown sets the town up or changes it.
func (s *Store) PutTown(ctx context.Context, q postgres.Querier, t Town) error {
	if t.Name == "" {
		return fault.Invalid("name", "town.name", "a town needs a name")
	}
	err := s.queries.PutTown(ctx, q, db.PutTownParams{
		Name: t.Name, TimeZone: t.Zone.String(), Languages: append([]string{}, t.Languages...),
		MailDomains: append([]string{}, t.MailDomains...), Demo: t.Demo,
	})
	if err != nil {
		return fmt.Errorf("writing the town: %w", err)
	}
	return nil
}
