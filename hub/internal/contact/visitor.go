package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/cases"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/plugins-sdk/fiscal"
)

// Visitor is somebody who came or called, as an operator writes him down.
type Visitor struct {
	Name, Phone, Email, FiscalCode string
	// Known is what the operator said of an address or a code that belongs to a contact under another name.
	Known Known
}

// Known says whether somebody who has another's address is the other.
type Known string

// The answers; empty while nobody was asked.
const (
	KnownSame  Known = "same"
	KnownOther Known = "other"
)

// Belonging is a contact that something of a visitor's belongs to.
type Belonging struct {
	// Field of the visitor: fiscal_code, phone or email.
	Field   string     `db:"field"`
	Contact id.Contact `db:"contact_id"`
	Name    string     `db:"name"`
}

// Tidy brings what was typed into the forms in which it is kept. Everything that is wrong is told at once.
func (v *Visitor) Tidy() error {
	var wrong []error
	v.Name = strings.Join(strings.Fields(cut(v.Name)), " ")
	if v.FiscalCode = fiscal.Clean(v.FiscalCode); v.FiscalCode != "" {
		wrong = append(wrong, judge("person.fiscal_code", "fiscal", v.FiscalCode, fiscal.CheckCode))
	}
	for _, a := range []struct {
		field, kind string
		value       *string
	}{{"person.phone", KindMobile, &v.Phone}, {"person.email", KindEmail, &v.Email}} {
		if *a.value = strings.TrimSpace(*a.value); *a.value == "" {
			continue
		}
		normal, err := Normalise(a.kind, *a.value)
		if err != nil {
			wrong = append(wrong, fault.Invalid(a.field, "address.form", "writing a visitor down: %w", err))
		}
		*a.value = normal
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	if v.Name == "" && v.Phone == "" && v.Email == "" && v.FiscalCode == "" {
		return fault.Invalid("person.name", "required", "a visitor has a name or an address")
	}
	return nil
}

// Telephone is the visitor's, empty without one.
func (v *Visitor) Telephone() (kind, value string) {
	if v.Phone == "" {
		return "", ""
	}
	return PhoneKind(v.Phone), v.Phone
}

const belongings = `
	SELECT field, c.id AS contact_id, c.name FROM (
	    SELECT 'fiscal_code' AS field, c.id FROM contact c WHERE c.fiscal_code = $1 AND c.fiscal_code <> ''
	    UNION ALL
	    SELECT CASE WHEN a.kind = 'email' THEN 'email' ELSE 'phone' END, a.contact_id FROM contact_address a
	    WHERE (NOT a.shared OR a.aside) AND (a.kind IN ('mobile', 'landline') AND a.value = $2 OR a.kind = 'email' AND a.value = $3)
	) hit JOIN contact c ON c.id = contact_root(hit.id) ORDER BY field, c.id LIMIT 20`

// Belongings are the contacts in sight that a tidy visitor's addresses and code belong to. Of others nothing is told.
func (s *Store) Belongings(ctx context.Context, q postgres.Querier, v Visitor, sees Sees) ([]Belonging, error) {
	rows, err := q.Query(ctx, belongings, v.FiscalCode, v.Phone, v.Email)
	if err != nil {
		return nil, fmt.Errorf("looking for a visitor: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Belonging])
	if err != nil {
		return nil, fmt.Errorf("looking for a visitor: %w", err)
	}
	var seen []Belonging
	for _, b := range found {
		in, err := sees(ctx, q, b.Contact)
		if err != nil {
			return nil, err
		}
		if in {
			seen = append(seen, b)
		}
	}
	return seen, nil
}

// Settle says which contact a visitor is; unset for a new one. Who goes by the name of the owner is the owner. Of
// another name, the operator says whether it is the same person.
func (v *Visitor) Settle(all []Belonging) (id.Contact, error) {
	for _, b := range all {
		if fold(b.Name) == fold(v.Name) || v.Name == "" {
			return b.Contact, nil
		}
	}
	var wrong []error
	for _, b := range all {
		if v.Known == KnownSame {
			return b.Contact, nil
		}
		if v.Known != KnownOther {
			wrong = append(wrong, fault.Invalid("person."+b.Field, "known", "it belongs to a contact under another name"))
		}
	}
	return id.Contact{}, errors.Join(wrong...)
}

func fold(name string) string { return cases.Fold().String(strings.Join(strings.Fields(name), " ")) }

// Meet writes down a tidy visitor: as the contact given, which learns what it lacks, or as a new one, who shares what
// belongs to others.
func (s *Store) Meet(ctx context.Context, tx pgx.Tx, v Visitor, who id.Contact, all []Belonging, sees Sees) (id.Contact, error) {
	taken := map[string]bool{}
	for _, b := range all {
		taken[b.Field] = true
	}
	fresh := who.IsZero()
	if fresh {
		who = id.New[id.Contact]()
		if _, err := tx.Exec(ctx, `INSERT INTO contact (id, name, fiscal_code) VALUES ($1, $2, $3)`, who, v.Name, v.FiscalCode); err != nil {
			return who, fmt.Errorf("writing a visitor down: %w", err)
		}
	} else if err := s.complete(ctx, tx, v, who); err != nil {
		return who, err
	}
	kind, phone := v.Telephone()
	for _, a := range []struct{ field, kind, value string }{{"phone", kind, phone}, {"email", KindEmail, v.Email}} {
		if a.value == "" || !fresh && taken[a.field] {
			continue
		}
		if err := s.addAddress(ctx, tx, who, a.kind, a.value, taken[a.field], sees); err != nil {
			return who, err
		}
	}
	return who, nil
}

// complete adds to a contact what it lacks: a name, and a code unless it has one.
func (s *Store) complete(ctx context.Context, tx pgx.Tx, v Visitor, who id.Contact) error {
	_, err := tx.Exec(ctx, `
		UPDATE contact SET name = CASE WHEN name = '' THEN $2 ELSE name END, updated_at = now(), version = version + 1,
		    fiscal_code = CASE WHEN fiscal_code = '' THEN $3 ELSE fiscal_code END
		WHERE id = $1 AND (name = '' AND $2 <> '' OR fiscal_code = '' AND $3 <> '')`, who, v.Name, v.FiscalCode)
	if err != nil {
		return fmt.Errorf("completing a contact: %w", err)
	}
	return nil
}
