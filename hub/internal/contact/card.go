package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/language"

	"sportello.dev/hub/internal/contact/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/plugins-sdk/fiscal"
)

// maxNotes is the longest note on a card, in bytes.
const maxNotes = 4000

// Card is what operators change of a contact; what is nil stays.
type Card struct {
	Name, Kind, Language, FiscalCode, VATNumber, Notes *string
}

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

// Lock reads a contact, as Get does, and keeps others from changing its card until the transaction ends.
func (s *Store) Lock(ctx context.Context, tx pgx.Tx, c id.Contact) (*Contact, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM contact WHERE id = contact_root($1) FOR UPDATE`, c); err != nil {
		return nil, fmt.Errorf("locking a contact: %w", err)
	}
	return s.Get(ctx, tx, c)
}

// Change writes on a locked contact's card. Everything that is wrong is told at once.
func (s *Store) Change(ctx context.Context, tx pgx.Tx, c *Contact, card Card) error {
	if err := card.apply(c); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE contact SET name = $2, kind = $3, language = $4, fiscal_code = $5, vat_number = $6, notes = $7,
		    updated_at = now(), version = version + 1 WHERE id = $1`,
		c.ID, c.Name, c.Kind, c.Language, c.FiscalCode, c.VATNumber, c.Notes)
	if err != nil {
		return fmt.Errorf("changing a contact: %w", err)
	}
	return nil
}

func (card Card) apply(c *Contact) error {
	var wrong []error
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	if card.Name != nil {
		c.Name = cut(*card.Name)
	}
	if card.Kind != nil {
		c.Kind = *card.Kind
	}
	if card.Notes != nil {
		c.Notes = strings.ToValidUTF8(strings.ReplaceAll(strings.TrimSpace(*card.Notes), "\x00", ""), "")
		if len(c.Notes) > maxNotes {
			note(fault.Invalid("notes", "too_long", "at most %d bytes of notes", maxNotes))
		}
	}
	if card.Language != nil {
		note(setLanguage(&c.Language, *card.Language))
	}
	if card.FiscalCode != nil {
		c.FiscalCode = fiscal.Clean(*card.FiscalCode)
		note(judge("fiscal_code", "fiscal", c.FiscalCode, fiscal.CheckCode))
	}
	if card.VATNumber != nil {
		c.VATNumber = fiscal.CleanVAT(*card.VATNumber)
		note(judge("vat_number", "vat", c.VATNumber, fiscal.CheckVAT))
	}
	return errors.Join(wrong...)
}

// judge says what is wrong with a code; none at all is fine.
func judge(field, key, code string, check func(string) fiscal.Fault) error {
	if code == "" {
		return nil
	}
	if wrong := check(code); wrong != fiscal.Good {
		return fault.Invalid(field, key+"_"+string(wrong), "%s: wrong %s", field, wrong)
	}
	return nil
}

func setLanguage(to *string, typed string) error {
	if typed = strings.TrimSpace(typed); typed == "" {
		*to = ""
		return nil
	}
	tag, err := language.Parse(typed)
	if err != nil {
		return fault.Invalid("language", "format", "no language tag: %w", err)
	}
	*to = tag.String()
	return nil
}

// ChangeAddress corrects an address of a locked contact, or marks it.
func (s *Store) ChangeAddress(ctx context.Context, tx pgx.Tx, c *Contact, a id.Address, change AddressChange) error {
	at := c.address(a)
	if at == nil {
		return fault.NotFound("contact %s has no address %s", c.ID, a)
	}
	err := postgres.InTx(ctx, tx, func(inner pgx.Tx) error { return s.changeAddress(ctx, inner, at, change) })
	if postgres.IsUnique(err, "") {
		return fault.Conflict("the address belongs to a contact already")
	}
	if err != nil {
		return err
	}
	return s.touch(ctx, tx, c.ID)
}

func (s *Store) changeAddress(ctx context.Context, tx pgx.Tx, at *Address, change AddressChange) error {
	if change.Value != nil {
		normal, err := Normalise(at.Kind, *change.Value)
		if err != nil {
			return fault.Invalid("value", "address.form", "correcting an address: %w", err)
		}
		if normal != at.Value {
			p := db.CorrectAddressParams{ID: at.ID, Value: normal, Display: cut(*change.Value)}
			if err := s.queries.CorrectAddress(ctx, tx, p); err != nil {
				return fmt.Errorf("correcting an address: %w", err)
			}
		}
	}
	if change.Shared != nil {
		if err := s.queries.MarkShared(ctx, tx, db.MarkSharedParams{ID: at.ID, Shared: *change.Shared}); err != nil {
			return fmt.Errorf("sharing an address: %w", err)
		}
	}
	if change.Usable != nil {
		p := db.MarkUsableParams{ID: at.ID, Usable: *change.Usable, Why: byHand}
		if err := s.queries.MarkUsable(ctx, tx, p); err != nil {
			return fmt.Errorf("marking an address: %w", err)
		}
	}
	return nil
}

// Reach gives a locked contact another address, as AddAddress does.
func (s *Store) Reach(ctx context.Context, tx pgx.Tx, c *Contact, kind, value string, shared bool) error {
	if _, err := s.AddAddress(ctx, tx, c.ID, kind, value, shared); err != nil {
		return err
	}
	return s.touch(ctx, tx, c.ID)
}

func (s *Store) touch(ctx context.Context, tx pgx.Tx, c id.Contact) error {
	if _, err := tx.Exec(ctx, `UPDATE contact SET updated_at = now(), version = version + 1 WHERE id = $1`, c); err != nil {
		return fmt.Errorf("noting that a contact changed: %w", err)
	}
	return nil
}

func (c *Contact) address(a id.Address) *Address {
	for i := range c.Addresses {
		if c.Addresses[i].ID == a {
			return &c.Addresses[i]
		}
	}
	return nil
}
