// Package mention keeps whom internal notes name, and for each reader what was not read yet. A mention shows nothing to
// anybody: only who sees the ticket anyway is mentioned, and who no longer does loses the entry. Who loses sight of a ticket
// while a question about it is theirs is told so here, by its number.
package mention

import (
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
)

// Limits: names in a note, and readers that they come to.
const (
	MaxNames   = 50
	maxReaders = 500
)

// Name is somebody a note names: an operator or an office.
type Name struct {
	Operator id.Operator
	Office   id.Office
}

// Named is a name with how it is written at present.
type Named struct {
	Name
	Label string
}

// Offer is somebody who can be named on a ticket, or cannot: Sees is false for who does not see it, and for an office
// of which nobody else does.
type Offer struct {
	Named
	Sees bool
}

// Entry is a mention in its reader's list, or that a ticket is out of sight: then there is nothing but its number.
type Entry struct {
	ID         id.Mention  `db:"id"`
	Message    id.Message  `db:"message_id"`
	Number     string      `db:"number"`
	Subject    string      `db:"subject"`
	By         id.Operator `db:"author_id"`
	ByName     string      `db:"by_name"`
	Excerpt    string      `db:"excerpt"`
	Office     id.Office   `db:"office_id"`
	OfficeName string      `db:"office_name"`
	At         time.Time   `db:"created_at"`
	ReadAt     *time.Time  `db:"read_at"`
	Lost       bool        `db:"is_lost"`
}

// Store keeps mentions.
type Store struct {
	accounts *account.Service
	now      func() time.Time
}

// NewStore returns a store.
func NewStore(accounts *account.Service, now func() time.Time) *Store {
	return &Store{accounts: accounts, now: now}
}
