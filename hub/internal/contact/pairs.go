package contact

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Strength says how likely two contacts are one; a smaller one is likelier.
type Strength int

// The strengths: one code of the tax office, one proved address, one name with an address in common.
const (
	StrengthCode Strength = iota + 1
	StrengthAddress
	StrengthName
)

// Pair is two contacts, neither merged into another, that may be one.
type Pair struct {
	Low      id.Contact `db:"low_id"`
	LowName  string     `db:"low_name"`
	High     id.Contact `db:"high_id"`
	HighName string     `db:"high_name"`
	Strength Strength   `db:"strength"`
	// Reasons are codes as in Likeness, Whats what belongs to each.
	Reasons []string `db:"reasons"`
	Whats   []string `db:"whats"`
}

// maxAlike is how many contacts with one key in common are each put beside each other; of more, all beside the first: a
// mailbox that hundreds share must not make ten thousands of pairs.
const maxAlike = 10

// pairsSQL finds the codes and addresses that stand on more than one card, and puts only those cards side by side: it
// grows with the number of contacts, not with that of pairs. An address alone decides who has name and address in common.
var pairsSQL = fmt.Sprintf(`
	WITH address AS MATERIALIZED (
	    SELECT a.value, a.contact_id, a.shared AND NOT a.aside AS shared, a.verified_at FROM contact_address a
	    WHERE a.value IN (SELECT value FROM contact_address GROUP BY value HAVING count(*) > 1)
	), keyed AS (
	    SELECT %[1]d AS strength, '%[2]s' AS reason, c.fiscal_code AS key, c.fiscal_code AS what, c.id, true AS proved
	    FROM contact c WHERE c.fiscal_code <> ''
	    UNION ALL
	    SELECT %[1]d, '%[3]s', c.vat_number, c.vat_number, c.id, true FROM contact c WHERE c.vat_number <> ''
	    UNION ALL
	    SELECT %[4]d, '%[5]s', a.value, a.value, a.contact_id, a.verified_at IS NOT NULL FROM address a WHERE NOT a.shared
	    UNION ALL
	    SELECT %[6]d, '%[7]s', a.value || ' ' || lower(c.name), a.value, c.id, true
	    FROM address a JOIN contact c ON c.id = a.contact_id WHERE c.name <> ''
	), alike AS MATERIALIZED (
	    SELECT * FROM (
	        SELECT k.*, row_number() OVER w AS n, count(*) OVER (PARTITION BY reason, key) AS size
	        FROM keyed k WINDOW w AS (PARTITION BY reason, key ORDER BY id)) g
	    WHERE size > 1
	), rooted AS MATERIALIZED (
	    SELECT a.*, CASE WHEN c.merged_into IS NULL THEN c.id ELSE contact_root(c.id) END AS root
	    FROM alike a JOIN contact c ON c.id = a.id
	), pairs AS (
	    SELECT least(a.root, b.root) AS low_id, greatest(a.root, b.root) AS high_id, min(a.strength) AS strength,
	           array_agg(a.reason ORDER BY a.strength, a.reason, a.what) AS reasons, array_agg(a.what ORDER BY a.strength, a.reason, a.what) AS whats
	    FROM rooted a JOIN rooted b ON b.reason = a.reason AND b.key = a.key AND b.n > a.n AND (a.size <= %[8]d OR a.n = 1)
	    WHERE a.root <> b.root AND (a.proved OR b.proved)
	    GROUP BY 1, 2
	)
	SELECT p.low_id, l.name AS low_name, p.high_id, h.name AS high_name, p.strength, p.reasons, p.whats
	FROM pairs p JOIN contact l ON l.id = p.low_id JOIN contact h ON h.id = p.high_id
	WHERE NOT EXISTS (SELECT FROM contact_distinct d WHERE d.low_id = p.low_id AND d.high_id = p.high_id)
	  AND ($1::int IS NULL OR (p.strength, p.low_id, p.high_id) > ($1, $2::uuid, $3::uuid))
	ORDER BY p.strength, p.low_id, p.high_id LIMIT $4`,
	StrengthCode, SameFiscalCode, SameVATNumber, StrengthAddress, SameAddress, StrengthName, SameNameAndAddress, maxAlike)

// Pairs lists pairs of contacts of the whole town that may be one and were not told apart, the likeliest first, after the
// one given. It shows whoever there is: the caller leaves out whom the reader may not see.
func (s *Store) Pairs(ctx context.Context, q postgres.Querier, after *Pair, limit int) ([]Pair, error) {
	var strength, low, high any
	if after != nil {
		strength, low, high = after.Strength, after.Low, after.High
	}
	rows, err := q.Query(ctx, pairsSQL, strength, low, high, limit)
	if err != nil {
		return nil, fmt.Errorf("looking for duplicates in the town: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Pair])
	if err != nil {
		return nil, fmt.Errorf("looking for duplicates in the town: %w", err)
	}
	return list, nil
}
