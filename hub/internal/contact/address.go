package contact

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Sees tells whether whoever changes a contact sees another one.
type Sees func(ctx context.Context, q postgres.Querier, c id.Contact) (bool, error)

// AddressChange is what operators change of an address; what is nil stays.
type AddressChange struct {
	// Value corrects the address: what was proved or noted of the wrong one goes.
	Value  *string
	Shared *bool
	// Usable marks it as one that reaches nobody, or as one that does.
	Usable *bool
}

// byHand is why an address is undeliverable of which an operator said so.
const byHand = "operator"

// errTaken is about an address that belongs to somebody in sight.
var errTaken = fault.Conflict("the address belongs to a contact already")

// Reach gives a locked contact another address; the value is brought into normal form. An address that belongs to
// somebody else is a conflict, unless it is added as shared: then all who have it share it from now on. Of somebody out
// of sight nothing is told: the address then stands aside on the card, and the owner stays the one whom it identifies.
func (s *Store) Reach(ctx context.Context, tx pgx.Tx, c *Contact, kind, value string, shared bool, sees Sees) error {
	if err := s.addAddress(ctx, tx, c.ID, kind, value, shared, sees); err != nil {
		return err
	}
	return s.touch(ctx, tx, c.ID)
}

func (s *Store) addAddress(ctx context.Context, tx pgx.Tx, c id.Contact, kind, value string, shared bool, sees Sees) error {
	normal, err := Normalise(kind, value)
	if err != nil {
		return fault.Invalid("value", "address.form", "adding an address: %w", err)
	}
	if shared {
		if err := s.queries.ShareAddress(ctx, tx, db.ShareAddressParams{Kind: kind, Value: normal}); err != nil {
			return fmt.Errorf("sharing an address: %w", err)
		}
	}
	a := db.InsertAddressParams{ID: id.New[id.Address](), ContactID: c, Kind: kind, Value: normal, Display: cut(value)}
	return s.place(ctx, tx, Address{ID: a.ID, Kind: kind, Value: normal, Shared: shared}, sees, func(inner pgx.Tx, shared, aside bool) error {
		a.Shared, a.Aside = shared, aside
		err := s.queries.InsertAddress(ctx, inner, a)
		if postgres.IsForeignKey(err, "") {
			return fault.NotFound("no contact %s", c)
		}
		return err
	})
}

// place writes an address that is to be like at, aside when it belongs to others of whom none is in sight. Whose it is may
// change until it is written: then it is looked at once more.
func (s *Store) place(ctx context.Context, tx pgx.Tx, at Address, sees Sees, write func(inner pgx.Tx, shared, aside bool) error) error {
	for range 2 {
		aside, err := s.taken(ctx, tx, at, sees)
		if err != nil {
			return err
		}
		err = postgres.InTx(ctx, tx, func(inner pgx.Tx) error { return write(inner, at.Shared || aside, aside) })
		if !postgres.IsUnique(err, "") {
			return err
		}
	}
	return errTaken
}

// taken tells whether an address that is not shared belongs to others, and refuses one that belongs to somebody in sight.
func (s *Store) taken(ctx context.Context, tx pgx.Tx, at Address, sees Sees) (bool, error) {
	if at.Shared {
		return false, nil
	}
	owners, err := s.queries.AddressOwners(ctx, tx, db.AddressOwnersParams{Kind: at.Kind, Value: at.Value, ID: at.ID})
	if err != nil {
		return false, fmt.Errorf("looking whose an address is: %w", err)
	}
	for _, owner := range owners {
		switch seen, err := sees(ctx, tx, owner); {
		case err != nil:
			return false, err
		case seen:
			return false, errTaken
		}
	}
	return len(owners) > 0, nil
}

// ChangeAddress corrects an address of a locked contact, or marks it.
func (s *Store) ChangeAddress(ctx context.Context, tx pgx.Tx, c *Contact, a id.Address, change AddressChange, sees Sees) error {
	at := c.address(a)
	if at == nil {
		return fault.NotFound("contact %s has no address %s", c.ID, a)
	}
	if err := s.correct(ctx, tx, *at, change, sees); err != nil {
		return err
	}
	if change.Usable != nil {
		p := db.MarkUsableParams{ID: at.ID, Usable: *change.Usable, Why: byHand}
		if err := s.queries.MarkUsable(ctx, tx, p); err != nil {
			return fmt.Errorf("marking an address: %w", err)
		}
	}
	return s.touch(ctx, tx, c.ID)
}

// correct writes the value and whether it is shared, where either is another one.
func (s *Store) correct(ctx context.Context, tx pgx.Tx, at Address, change AddressChange, sees Sees) error {
	was := at
	if change.Value != nil {
		normal, err := Normalise(at.Kind, *change.Value)
		if err != nil {
			return fault.Invalid("value", "address.form", "correcting an address: %w", err)
		}
		if normal != at.Value {
			at.Value, at.Display = normal, cut(*change.Value)
		}
	}
	if change.Shared != nil {
		at.Shared = *change.Shared
	}
	if at.Value == was.Value && at.Shared == was.Shared {
		return nil
	}
	return s.place(ctx, tx, at, sees, func(inner pgx.Tx, shared, aside bool) error {
		p := db.CorrectAddressParams{ID: at.ID, Value: at.Value, Display: at.Display, Shared: shared, Aside: aside}
		if err := s.queries.CorrectAddress(ctx, inner, p); err != nil {
			return fmt.Errorf("correcting an address: %w", err)
		}
		return nil
	})
}

func (c *Contact) address(a id.Address) *Address {
	for i := range c.Addresses {
		if c.Addresses[i].ID == a {
			return &c.Addresses[i]
		}
	}
	return nil
}
