// Package live tells browsers what changed, as it changes. Triggers in the
// database announce every change that operators see, whoever makes it;
// PostgreSQL carries the word to every replica at commit; each replica's Hub
// hands it to its connected clients. Only ids travel. Nothing is replayed: a
// client that may have missed something is told to fetch again.
package live

import (
	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
)

// notifyChannel is the name under which the database's triggers announce.
const notifyChannel = "sportello_live"

// Kind tells what sort of thing changed.
type Kind string

// The kinds of thing that change before an operator's eyes.
const (
	KindTicket     Kind = "ticket"
	KindDelivery   Kind = "delivery"
	KindQuarantine Kind = "quarantine"
	KindChannel    Kind = "channel"
	// KindMention is told to one operator alone, whose id it carries.
	KindMention Kind = "mention"
)

// kindAccount says that what somebody may see has changed: the id is the operator's or the token's, or zero when it may
// have changed for everybody. Clients are not told; they are looked at again.
const kindAccount Kind = "account"

// Event says that something changed or is new, in the words of the database
// function announce. Office is who holds the ticket concerned; it decides who
// hears of it and is not told. Equal events of one transaction become one.
type Event struct {
	Kind   Kind      `json:"type"`
	ID     uuid.UUID `json:"id"`
	Ticket string    `json:"ticket,omitempty"`
	Office id.Office `json:"office,omitzero"`
	// Share says that the office does not hold the ticket: it is shared with it.
	Share bool `json:"share,omitempty"`
}

// visible tells whether a client with this scope may hear of the event: of a
// ticket whoever sees its office or a share, of the quarantine whoever sees the
// town, of channels whoever sees anything.
func (e Event) visible(scope account.Scope) bool {
	switch {
	case e.Kind == KindQuarantine:
		return scope.AllBut()
	case e.Office.IsZero():
		return !scope.Empty()
	case e.Share:
		return scope.CoversShare(e.Office)
	}
	return scope.Covers(e.Office)
}
