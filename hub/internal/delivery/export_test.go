package delivery

import (
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
)

// TroubleQuery is the query of a page, to look at its plan.
func TroubleQuery(scope account.Scope, p TroublePage) (string, pgx.NamedArgs) { return p.query(scope) }
