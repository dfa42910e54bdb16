package contact

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Why two contacts may be one.
const (
	// SameFiscalCode and SameVATNumber: the tax office knows both by one code.
	SameFiscalCode = "same_fiscal_code"
	SameVATNumber  = "same_vat_number"
	// SameAddress: one number or mailbox under two kinds, proved under one of them.
	SameAddress = "same_address"
	// SameNameAndAddress: one name, and an address that both have, proved or not, shared or not.
	SameNameAndAddress = "same_name_and_address"
)

// Likeness is another contact that may be the same one, and one reason for it.
type Likeness struct {
	Contact    id.Contact `db:"contact_id"`
	Name       string     `db:"name"`
	FiscalCode string     `db:"fiscal_code"`
	Reason     string     `db:"reason"`
	// What is the code or the address that both have.
	What string `db:"what"`
}

// Merged is a contact that was found to be the same as another.
type Merged struct {
	ID         id.Contact `db:"id"`
	Name       string     `db:"name"`
	FiscalCode string     `db:"fiscal_code"`
	At         time.Time  `db:"merged_at"`
}

// maxLikenesses is how many reasons are looked at for one contact: who shares a mailbox with hundreds is no duplicate of all.
const maxLikenesses = 50

// likenesses goes from the contact's own codes and addresses to others' by their indexes. An address that several share
// suggests nothing by itself.
const likenesses = `
	WITH own AS MATERIALIZED (SELECT c.id, c.name, c.fiscal_code, c.vat_number FROM contact c WHERE c.id IN (SELECT contact_group($1))),
	alike AS (
	    SELECT c.id, '` + SameFiscalCode + `' AS reason, c.fiscal_code AS what
	    FROM own o JOIN contact c ON c.fiscal_code = o.fiscal_code AND c.fiscal_code <> ''
	    UNION
	    SELECT c.id, '` + SameVATNumber + `', c.vat_number
	    FROM own o JOIN contact c ON c.vat_number = o.vat_number AND c.vat_number <> ''
	    UNION
	    SELECT b.contact_id, CASE WHEN p.proved THEN '` + SameAddress + `' ELSE '` + SameNameAndAddress + `' END, b.value
	    FROM own o
	    JOIN contact_address a ON a.contact_id = o.id
	    JOIN contact_address b ON b.value = a.value
	    JOIN contact c ON c.id = b.contact_id
	    CROSS JOIN LATERAL (SELECT (NOT a.shared OR a.aside) AND (NOT b.shared OR b.aside) AND (a.verified_at IS NOT NULL OR b.verified_at IS NOT NULL) AS proved) p
	    WHERE p.proved OR o.name <> '' AND lower(c.name) = lower(o.name)
	)
	SELECT r.id AS contact_id, r.name, r.fiscal_code, a.reason, a.what
	FROM alike a JOIN contact r ON r.id = contact_root(a.id)
	WHERE r.id <> contact_root($1) AND NOT EXISTS (
	    SELECT FROM contact_distinct d WHERE d.low_id = least(r.id, contact_root($1)) AND d.high_id = greatest(r.id, contact_root($1)))
	GROUP BY r.id, a.reason, a.what
	ORDER BY a.reason = '` + SameNameAndAddress + `', r.id, a.reason, a.what LIMIT $2`

// Duplicates finds the contacts that may be the same as this one, the likeliest first; a person decides.
func (s *Store) Duplicates(ctx context.Context, q postgres.Querier, c id.Contact) ([]Likeness, error) {
	rows, err := q.Query(ctx, likenesses, c, maxLikenesses)
	if err != nil {
		return nil, fmt.Errorf("looking for duplicates: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Likeness])
	if err != nil {
		return nil, fmt.Errorf("looking for duplicates: %w", err)
	}
	return found, nil
}

// TellApart notes that two contacts are not one, so that they are not suggested again. Merging them stays possible.
func (s *Store) TellApart(ctx context.Context, tx pgx.Tx, by account.Actor, one, other id.Contact) error {
	if one == other {
		return fault.Invalid("contact_id", "merge_self", "one contact is always itself")
	}
	if strings.Compare(one.String(), other.String()) > 0 {
		one, other = other, one
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO contact_distinct (low_id, high_id, said_by, said_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING`,
		one, other, by.Operator)
	if err != nil {
		return fmt.Errorf("telling contacts apart: %w", err)
	}
	return nil
}

// MergedInto lists who was merged with a contact that stands on its own, the latest first.
func (s *Store) MergedInto(ctx context.Context, q postgres.Querier, root id.Contact) ([]Merged, error) {
	rows, err := q.Query(ctx, `
		SELECT c.id, c.name, c.fiscal_code, m.merged_at
		FROM contact c JOIN contact_merge m ON m.source_id = c.id AND m.undone_at IS NULL
		WHERE c.id IN (SELECT contact_group($1)) AND c.merged_into IS NOT NULL
		ORDER BY m.merged_at DESC, c.id LIMIT 200`, root)
	if err != nil {
		return nil, fmt.Errorf("listing merged contacts: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Merged])
	if err != nil {
		return nil, fmt.Errorf("listing merged contacts: %w", err)
	}
	return list, nil
}
