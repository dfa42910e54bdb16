// Package keyset reads lists page by page: a page begins after the sort key and the id of the last row of the one before,
// so that it costs the same however far down it is.
package keyset

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"sportello.dev/hub/internal/fault"
)

const (
	// MaxPage is the largest page of any list.
	MaxPage = 50
	// MaxCount is where counting a list stops: it means "so many or more".
	MaxCount = 1000
	// maxCursor bounds what is decoded, in bytes.
	maxCursor = 512
)

// Cursor is the position after the last row of a page: its sort key and id. It is opaque to clients.
type Cursor struct {
	// List names the list, its order and its filter: a cursor means nothing elsewhere.
	List string `json:"l"`
	// At is the sort key, a time, or nil for "at no time", which sorts last.
	At *time.Time `json:"k,omitempty"`
	ID uuid.UUID  `json:"i"`
}

// Encode makes the text that clients hand back.
func (c Cursor) Encode() string {
	raw, err := json.Marshal(c)
	if err != nil {
		// Times outside the years 0 to 9999 are the only ones that fail, and PostgreSQL gave us this one.
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Decode reads a cursor of the named list; the empty text is the beginning.
func Decode(text, list string) (*Cursor, error) {
	if text == "" {
		return nil, nil
	}
	invalid := fault.Invalid("cursor", "format", "not a cursor of this list")
	if len(text) > maxCursor {
		return nil, invalid
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, invalid
	}
	var c Cursor
	if err := json.Unmarshal(raw, &c); err != nil || c.List != list {
		return nil, invalid
	}
	return &c, nil
}

// Key is the sort key as PostgreSQL compares it.
func (c *Cursor) Key() pgtype.Timestamptz {
	if c.At == nil {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: *c.At, Valid: true}
}

// Size keeps a requested size within bounds.
func Size(n int) int {
	if n <= 0 || n > MaxPage {
		return MaxPage
	}
	return n
}

// Page is a part of a list; Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}

// Cut makes a page of rows of which one more than asked for was read.
func Cut[T any](rows []T, size int, after func(T) Cursor) Page[T] {
	if len(rows) <= size {
		return Page[T]{Items: rows}
	}
	return Page[T]{Items: rows[:size], Next: after(rows[size-1]).Encode()}
}
