package contact

import (
	"time"

	"sportello.dev/hub/internal/id"
)

// Contact is a person or an organisation.
type Contact struct {
	ID   id.Contact `db:"id"`
	Name string     `db:"name"`
	// Kind is person or organisation.
	Kind string `db:"kind"`
	// Language is a language tag, empty when not known.
	Language string `db:"language"`
	// FiscalCode is the codice fiscale, VATNumber the number in the VAT register; both well made, or empty.
	FiscalCode string `db:"fiscal_code"`
	VATNumber  string `db:"vat_number"`
	// Notes are for operators; no citizen sees them.
	Notes string `db:"notes"`
	// Version rises with every change of the card.
	Version int64 `db:"version"`
	// MergedInto is the contact with which this one was found to be the same.
	MergedInto id.Contact `db:"merged_into"`
	CreatedAt  time.Time  `db:"created_at"`
	UpdatedAt  time.Time  `db:"updated_at"`
	Addresses  []Address  `db:"-"`
}

// Address is one way to reach a contact.
type Address struct {
	ID      id.Address `db:"id"`
	Contact id.Contact `db:"contact_id"`
	Kind    string     `db:"kind"`
	// Value is the normal form, Display as it was first written.
	Value      string     `db:"value"`
	Display    string     `db:"display"`
	VerifiedAt *time.Time `db:"verified_at"`
	Preferred  bool       `db:"preferred"`
	// PreferredBy is the operator whom the contact told that it prefers the address.
	PreferredBy id.Operator `db:"preferred_by"`
	// Shared addresses belong to several contacts and identify none. One that stands aside is none of them.
	Shared             bool       `db:"shared"`
	UndeliverableSince *time.Time `db:"undeliverable_since"`
	UndeliverableWhy   string     `db:"undeliverable_why"`
	// SuppressedSince is when it asked for no more proactive messages.
	SuppressedSince *time.Time `db:"suppressed_since"`
	CreatedAt       time.Time  `db:"created_at"`
}

// Sender is somebody who turned to the town, as the message shows him. The address is in normal form.
type Sender struct {
	Kind     string
	Value    string
	Display  string
	Name     string
	Language string
	// Proved says that the address was proved to be the sender's; it becomes verified.
	Proved bool
	// WroteAt is when a message from the address came in; unset when it is only named. Who writes can be written to: the
	// mark of an undeliverable address that is older than the message goes.
	WroteAt time.Time
	// Others are more addresses that the sender gave as his, in normal form. Only a contact that is made of him takes
	// them, unproved: anybody can type the address of somebody known and add his own to it.
	Others []Address
}
