package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Rows are rows of values that one statement reads as arrays, one for each column: $1::uuid[], $2::text[] and so on,
// to be put side by side by unnest. A statement is planned and sent once, whatever their number.
type Rows struct {
	columns []column
	n       int
}

// Add adds a row; all rows have the same columns.
func (r *Rows) Add(values ...any) {
	if r.columns == nil {
		r.columns = make([]column, len(values))
	}
	for i, v := range values {
		r.columns[i] = append(r.columns[i], v)
	}
	r.n++
}

// Len is the number of rows.
func (r *Rows) Len() int { return r.n }

// Args are the columns as arguments of a statement.
func (r *Rows) Args() []any {
	args := make([]any, len(r.columns))
	for i := range r.columns {
		args[i] = r.columns[i]
	}
	return args
}

// Queue adds the statement to a batch, unless there are no rows; the answer is nil then.
func (r *Rows) Queue(b *pgx.Batch, sql string) *pgx.QueuedQuery {
	if r.n == 0 {
		return nil
	}
	return b.Queue(sql, r.Args()...)
}

// column is an array that pgx can go through without reflection.
type column []any

// Dimensions is the only one.
func (c column) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(c)), LowerBound: 1}}
}

// Index is the i-th element.
func (c column) Index(i int) any { return c[i] }

// IndexType is unknown: each element is looked at.
func (c column) IndexType() any { return nil }
