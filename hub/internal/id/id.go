// Package id holds the typed identifiers by which the nouns of the hub refer to each other.
//
// All are UUIDs of version 7: they sort by time of creation and are made by whoever creates the row, so that a
// repeated insert after an unknown outcome meets itself.
package id

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// ID is a UUID that knows what it identifies.
type ID[Noun any] struct{ uuid.UUID }

type (
	area         struct{}
	ask          struct{}
	attachment   struct{}
	channel      struct{}
	contact      struct{}
	address      struct{}
	delivery     struct{}
	entry        struct{}
	mention      struct{}
	message      struct{}
	office       struct{}
	operator     struct{}
	replica      struct{}
	session      struct{}
	suggestion   struct{}
	tag          struct{}
	ticket       struct{}
	token        struct{}
	transmission struct{}
	upload       struct{}
)

// The identifiers in use; Ask is a question to another office, Entry names a row of the journal.
type (
	Area         = ID[area]
	Ask          = ID[ask]
	Attachment   = ID[attachment]
	Channel      = ID[channel]
	Contact      = ID[contact]
	Address      = ID[address]
	Delivery     = ID[delivery]
	Entry        = ID[entry]
	Mention      = ID[mention]
	Message      = ID[message]
	Office       = ID[office]
	Operator     = ID[operator]
	Replica      = ID[replica]
	Session      = ID[session]
	Suggestion   = ID[suggestion]
	Tag          = ID[tag]
	Ticket       = ID[ticket]
	Token        = ID[token]
	Transmission = ID[transmission]
	Upload       = ID[upload]
)

// New makes an identifier: id.New[id.Ticket]().
func New[I ~struct{ uuid.UUID }]() I { return I{uuid.Must(uuid.NewV7())} }

// Parse reads the text form.
func Parse[I ~struct{ uuid.UUID }](s string) (I, error) {
	u, err := uuid.Parse(s)
	if err != nil {
		return I{}, fmt.Errorf("parsing an identifier: %w", err)
	}
	return I{u}, nil
}

// IsZero tells whether the identifier is unset.
func (i ID[Noun]) IsZero() bool { return i.UUID == uuid.Nil }

// UUIDValue hands the identifier to PostgreSQL; the unset identifier is null.
func (i ID[Noun]) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: i.UUID, Valid: !i.IsZero()}, nil
}

// ScanUUID takes the identifier from PostgreSQL; null becomes the unset identifier.
func (i *ID[Noun]) ScanUUID(v pgtype.UUID) error {
	i.UUID = uuid.UUID{}
	if v.Valid {
		i.UUID = v.Bytes
	}
	return nil
}
