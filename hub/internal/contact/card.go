package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/language"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/plugins-sdk/fiscal"
)

// maxNotes is the longest note on a card, in bytes.
const maxNotes = 4000

// Card is what operators change of a contact; what is nil stays.
type Card struct {
	Name, Kind, Language, FiscalCode, VATNumber, Notes *string
}

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

func (s *Store) touch(ctx context.Context, tx pgx.Tx, c id.Contact) error {
	if _, err := tx.Exec(ctx, `UPDATE contact SET updated_at = now(), version = version + 1 WHERE id = $1`, c); err != nil {
		return fmt.Errorf("noting that a contact changed: %w", err)
	}
	return nil
}
