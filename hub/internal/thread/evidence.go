package thread

import (
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// Policy says how far back likeness counts.
type Policy struct {
	// SuggestWithin is how old a ticket may be to be suggested for its subject.
	SuggestWithin time.Duration
}

// DefaultPolicy compares subjects for 14 days.
func DefaultPolicy() Policy { return Policy{SuggestWithin: 14 * 24 * time.Hour} }

// Evidence is everything that may tie an inbound message to a ticket, looked up beforehand: Decide itself reads nothing.
type Evidence struct {
	Class  ticket.Class
	Sender ticket.Address
	// Authenticated says that the sender's address is proved; Judged, that a server we trust looked at it at all.
	Authenticated bool
	Judged        bool
	Subject       string
	// Opened is the ticket, a key of Candidates, whose number and secret the writer gave; OpenedNumber is that number.
	Opened       id.Ticket
	OpenedNumber ticket.Number
	// Tokens are verified ones, the surest first.
	Tokens []TokenHit
	// External are the messages named by In-Reply-To, References or their like, nearest first.
	External []ExternalHit
	// Numbers are the tickets whose number stands in the message.
	Numbers []NumberHit
	// Recent are open tickets that the sender wrote on.
	Recent []id.Ticket
	// Phone are tickets that the sender's telephone number wrote on, or was written to on, within phoneWindow.
	Phone []id.Ticket
	// Siblings are arrivals of the very same mail over other channels of ours.
	Siblings []Sibling
	// Forwarded is whose message a colleague of the town passes on; unset when the sender is no colleague.
	Forwarded ticket.Address
	// Asked are tickets about which the sender is asked as an outside expert and has not answered.
	Asked []id.Ticket
	// BegunLately counts the tickets that the sender began within beginWindow.
	BegunLately int
	// Reviewed says that an operator sent the message back to be filed: no cap holds it again.
	Reviewed bool
	// Candidates are all the tickets named above, joins followed.
	Candidates map[id.Ticket]Candidate
	Policy     Policy
	Now        time.Time
}

// TokenHit is a token that verified.
type TokenHit struct {
	// Ticket is a key of Candidates.
	Ticket  id.Ticket
	Message id.Message
	// Subject is that of the message which carried the token.
	Subject string
	// Recipient is the address the token was made for; unset for the token inside a Message-ID.
	Recipient ticket.Address
	// unanswerable: a person's answer to it does not belong to the ticket; what machines report of it does.
	unanswerable bool
	// expert: it was made for an outside expert who is asked about the ticket.
	expert bool
}

// ExternalHit is a message known by an identifier that the inbound message names.
type ExternalHit struct {
	Ticket  id.Ticket
	Message id.Message
	Subject string
	Issuer  ticket.Issuer
	// Outbound says that the message is one we sent.
	Outbound bool
	// Recipients are those in To and Cc of that message.
	Recipients []ticket.Address
	// expert: the message is a note, asked of an outside expert or answered by one.
	expert bool
}

// ours tells whether the identifier is one of a message we sent, given by us or by our provider.
func (h *ExternalHit) ours() bool { return h.Outbound && h.Issuer != ticket.IssuerSender }

func (h *ExternalHit) addressedTo(a ticket.Address) bool {
	for _, r := range h.Recipients {
		if r.Same(a) {
			return true
		}
	}
	return false
}

// NumberHit is a number with a valid check digit that names a ticket of ours.
type NumberHit struct {
	Number ticket.Number
	Ticket id.Ticket
}

// Sibling is a message that is the same mail, come over another channel.
type Sibling struct {
	// Ticket is a key of Candidates.
	Ticket  id.Ticket
	Message id.Message
}

// Candidate is a ticket that the message may belong to, after following joins.
type Candidate struct {
	ID        id.Ticket
	Number    ticket.Number
	Subject   string
	Status    ticket.Status
	CreatedAt time.Time
	ClosedAt  *time.Time
	// ReopenWithin is how long after its end a letter opens it again; later, and at an office that is closed down, a new
	// ticket is made.
	ReopenWithin time.Duration
	// ReopenedLately counts how often letters opened it again within reopenWindow.
	ReopenedLately int
	Parties        []ticket.Party
}

// party finds what an address is on the ticket. A third person who only wrote in, and to whom no operator ever wrote,
// is not on it: otherwise one forwarded token would open the ticket for good.
func (c *Candidate) party(a ticket.Address) (ticket.TicketRole, bool) {
	role, found := ticket.TicketRole(""), false
	for _, p := range c.Parties {
		if !p.Address().Same(a) || a.IsZero() {
			continue
		}
		if p.Role == ticket.RoleRequester {
			return ticket.RoleRequester, true
		}
		if p.AddressedAt != nil {
			role, found = ticket.RoleThird, true
		}
	}
	return role, found
}
