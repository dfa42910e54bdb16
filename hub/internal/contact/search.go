package contact

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/plugins-sdk/fiscal"
)

// Found is a contact that a search found, with one of its addresses to know it by.
type Found struct {
	ID         id.Contact `db:"id"`
	Kind       string     `db:"kind"`
	Name       string     `db:"name"`
	FiscalCode string     `db:"fiscal_code"`
	Address    string     `db:"address"`
}

// search goes by the words of a name, each of which may be a beginning, by codes of the tax office and by whole
// addresses, each from its own index. A merged contact is found as the one to go on with.
const search = `
	WITH asked AS MATERIALIZED (
	    SELECT string_agg(quote_literal(w.lexeme) || ':*', ' & ')::tsquery AS words FROM unnest(search_words($1)) AS w
	), hit AS (
	    (SELECT c.id FROM asked, contact c WHERE search_words(c.name) @@ asked.words LIMIT $5)
	    UNION
	    (SELECT c.id FROM contact c WHERE c.fiscal_code = $2 AND c.fiscal_code <> '' LIMIT $5)
	    UNION
	    (SELECT c.id FROM contact c WHERE c.vat_number = $3 AND c.vat_number <> '' LIMIT $5)
	    UNION
	    (SELECT a.contact_id FROM contact_address a WHERE a.value = ANY($4) LIMIT $5)
	)
	SELECT c.id, c.kind, c.name, c.fiscal_code, coalesce((
	    SELECT a.display FROM contact_address a WHERE a.contact_id = c.id
	    ORDER BY a.preferred DESC, a.verified_at IS NULL, a.kind, a.value LIMIT 1), '') AS address
	FROM contact c WHERE c.id IN (SELECT contact_root(h.id) FROM hit h)
	ORDER BY c.name = '', lower(c.name), c.id LIMIT $5`

// maxFound is how many contacts a search looks at; who gets more types more.
const maxFound = 40

// Search finds contacts by name, code or address. What of it the reader may see, the caller checks.
func (s *Store) Search(ctx context.Context, q postgres.Querier, typed string) ([]Found, error) {
	var values []string
	for _, kind := range []string{KindEmail, KindMobile, KindLandline, KindFax} {
		if normal, err := Normalise(kind, typed); err == nil {
			values = append(values, normal)
		}
	}
	rows, err := q.Query(ctx, search, cut(typed), fiscal.Clean(typed), fiscal.CleanVAT(typed), values, maxFound)
	if err != nil {
		return nil, fmt.Errorf("searching contacts: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Found])
	if err != nil {
		return nil, fmt.Errorf("searching contacts: %w", err)
	}
	return found, nil
}
