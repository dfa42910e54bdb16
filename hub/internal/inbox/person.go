package inbox

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/plugins-sdk/fiscal"
)

// Person is a contact that a search found, with one of its addresses to know it by.
type Person struct {
	ID         id.Contact `db:"id"`
	Kind       string     `db:"kind"`
	Name       string     `db:"name"`
	FiscalCode string     `db:"fiscal_code"`
	Address    string     `db:"address"`
}

// mostShown is how many people a search names; who gets more types more.
const mostShown = 10

// people goes by the words of a name, each of which may be a beginning, by codes of the tax office and by whole
// addresses, each from its own index. Somebody merged is found as the one to go on with. In the order of names each is
// tried for whether they are in sight, until there are enough: among all of a name the few whom an office knows must not
// drown.
var people = `
	WITH asked AS MATERIALIZED (
	    SELECT string_agg(quote_literal(w.lexeme) || ':*', ' & ')::tsquery AS words FROM unnest(search_words($4)) AS w
	), hit AS (
	    (SELECT c.id FROM asked, contact c WHERE search_words(c.name) @@ asked.words LIMIT $8)
	    UNION
	    (SELECT c.id FROM contact c WHERE c.fiscal_code = $5 AND c.fiscal_code <> '' LIMIT $8)
	    UNION
	    (SELECT c.id FROM contact c WHERE c.vat_number = $6 AND c.vat_number <> '' LIMIT $8)
	    UNION
	    (SELECT a.contact_id FROM contact_address a WHERE a.value = ANY($7) LIMIT $8)
	), person AS (
	    SELECT DISTINCT CASE WHEN c.merged_into IS NULL THEN c.id ELSE contact_root(c.id) END AS id
	    FROM hit JOIN contact c ON c.id = hit.id
	), called AS (
	    SELECT c.id, c.kind, c.name, c.fiscal_code, c.name = '' AS nameless, lower(c.name) AS key
	    FROM person JOIN contact c ON c.id = person.id ORDER BY nameless, key, c.id OFFSET 0
	)
	SELECT c.id, c.kind, c.name, c.fiscal_code, coalesce((
	    SELECT a.display FROM contact_address a WHERE a.contact_id = c.id
	    ORDER BY a.preferred DESC, a.verified_at IS NULL, a.kind, a.value LIMIT 1), '') AS address
	FROM called c CROSS JOIN LATERAL (
	    SELECT CASE WHEN EXISTS (SELECT FROM contact m WHERE m.merged_into = c.id)
	                THEN ARRAY(SELECT contact_group(c.id)) ELSE ARRAY[c.id] END AS ids OFFSET 0) who
	WHERE $1 AND $2::uuid[] = '{}' OR ` + ticket.ContactInSight(`who.ids`) + `
	ORDER BY c.nameless, c.key, c.id LIMIT $9`

// People finds those in scope by name, code or address. Of one name mostNamed are tried.
func (s *Store) People(ctx context.Context, db postgres.Querier, scope account.Scope, typed string) ([]Person, error) {
	rows, err := db.Query(ctx, people, wantedPeople(scope, typed)...)
	if err != nil {
		return nil, fmt.Errorf("searching people: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	if err != nil {
		return nil, fmt.Errorf("searching people: %w", err)
	}
	return found, nil
}

func wantedPeople(scope account.Scope, typed string) []any {
	var values []string
	for _, kind := range []string{contact.KindEmail, contact.KindMobile, contact.KindLandline, contact.KindFax} {
		if normal, err := contact.Normalise(kind, typed); err == nil {
			values = append(values, normal)
		}
	}
	return []any{
		scope.AllBut(), scope.Offices(), scope.Shares(), typed, fiscal.Clean(typed), fiscal.CleanVAT(typed), values, mostNamed, mostShown,
	}
}
