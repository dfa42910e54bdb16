package pgtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
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
	require.NoError(t, pool.QueryRow(t.Context(), explain+query, args...).Scan(&raw))
	return read(t, raw), string(raw)
}

const explain = `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) `

func read(t testing.TB, raw []byte) *Plan {
	t.Helper()
	var explained []struct{ Plan Plan }
	require.NoError(t, json.Unmarshal(raw, &explained))
	return &explained[0].Plan
}

// Query is one of many whose plans are looked at.
type Query struct {
	What, Text string
	Args       []any
}

// ExplainAll runs queries and calls back with the plan of each, read and raw. It asks for a hundred at a time: the way to the
// database and back takes as long as most of them.
func ExplainAll(t testing.TB, pool *pgxpool.Pool, queries []Query, look func(q Query, top *Plan, raw string)) {
	t.Helper()
	for some := range slices.Chunk(queries, 100) {
		b := &pgx.Batch{}
		for _, q := range some {
			args := q.Args
			if len(args) > 0 {
				if _, mode := args[0].(pgx.QueryExecMode); mode {
					args = args[1:] // what is explained is planned for its values anyway
				}
			}
			b.Queue(explain+q.Text, args...).QueryRow(func(row pgx.Row) error {
				var raw []byte
				if err := row.Scan(&raw); err != nil {
					return fmt.Errorf("explaining %s: %w", q.What, err)
				}
				look(q, read(t, raw), string(raw))
				return nil
			})
		}
		require.NoError(t, pool.SendBatch(t.Context(), b).Close())
	}
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
