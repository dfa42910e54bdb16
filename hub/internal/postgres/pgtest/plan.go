package pgtest

import (
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// Plan is what EXPLAIN ANALYZE says of a part of a plan.
type Plan struct {
	NodeType  string  `json:"Node Type"`
	IndexName string  `json:"Index Name"`
	Relation  string  `json:"Relation Name"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Removed   float64 `json:"Rows Removed by Filter"`
	Plans     []Plan
}

// Touched is how many rows a node gave or threw away.
func (p *Plan) Touched() float64 { return (p.Rows + p.Removed) * p.Loops }

// Walk visits every part, from the top.
func (p *Plan) Walk(visit func(*Plan)) {
	visit(p)
	for i := range p.Plans {
		p.Plans[i].Walk(visit)
	}
}

// Explain runs a query and returns its plan, read and raw.
func Explain(t testing.TB, pool *pgxpool.Pool, query string, args ...any) (*Plan, string) {
	t.Helper()
	var raw []byte
	require.NoError(t, pool.QueryRow(t.Context(), `EXPLAIN (ANALYZE, FORMAT JSON) `+query, args...).Scan(&raw))
	var explained []struct{ Plan Plan }
	require.NoError(t, json.Unmarshal(raw, &explained))
	return &explained[0].Plan, string(raw)
}

// RequireBounded runs a query and demands that it reads a table with an index only, and that no part of its plan touches
// more than so many rows.
func RequireBounded(t *testing.T, pool *pgxpool.Pool, what, table string, most float64, query string, args ...any) {
	t.Helper()
	top, raw := Explain(t, pool, query, args...)
	top.Walk(func(p *Plan) {
		if p.NodeType == "Seq Scan" && p.Relation == table || p.Touched() > most {
			t.Errorf("%s: %s %s %s touches %.0f rows\n%s", what, p.NodeType, p.Relation, p.IndexName, p.Touched(), raw)
		}
	})
}
