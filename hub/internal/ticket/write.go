package ticket

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// Inbound is a message from outside that is being filed.
type Inbound struct {
	// ID is made here when unset.
	ID          id.Message
	Channel     id.Channel
	ChannelKind string
	Class       Class
	// Author is who wrote down what was said; unset for what a channel brought.
	Author   id.Operator
	Contact  id.Contact
	From     Address
	Parties  []MessageParty
	Subject  string
	Text     string
	HTML     string
	Language string
	// Reason is why it stands on this ticket.
	Reason Reason
	// ThirdPerson says that the sender is on the ticket as somebody else than the requester.
	ThirdPerson bool
	// Answers is the message that this one answers, as far as known.
	Answers        id.Message
	Authenticated  bool
	Authentication json.RawMessage
	Headers        map[string]string
	Journal        id.Entry
	RawSHA256      []byte
	Fingerprint    []byte
	// SentAt is what the sender's clock said; unset when unknown.
	SentAt time.Time
	// ReceivedAt is when it reached the town; the unset time is now.
	ReceivedAt  time.Time
	ExternalIDs []ExternalID
	Attachments []NewAttachment
}

// Outbound is a message to the citizen that is being written; its deliveries are made beside it.
type Outbound struct {
	ID          id.Message
	Channel     id.Channel
	ChannelKind string
	// Origin is operator, automatic or campaign.
	Origin Origin
	Class  Class
	// From is the address it leaves from.
	From        Address
	Parties     []MessageParty
	Subject     string
	Text        string
	HTML        string
	Language    string
	Answers     id.Message
	SendAfter   time.Time
	ExternalIDs []ExternalID
	Attachments []NewAttachment
	// Status is that of the ticket after an operator's reply; unset it is waiting_citizen.
	Status Status
	// Standing is what is said of that status.
	Standing Standing
}

// Note is an internal remark that is being written.
type Note struct {
	ID          id.Message
	Text        string
	HTML        string
	Attachments []NewAttachment
	// reason says what the hub knows the note for; most have none.
	reason Reason
}

// AddInbound files a message on a ticket that this transaction holds locked. A person's message makes the citizen wait
// and opens what was over; mail of machines is kept and counted, no more.
func (s *Store) AddInbound(ctx context.Context, tx pgx.Tx, t *Ticket, in Inbound) (id.Message, error) {
	f := s.NewFiling()
	m := f.Inbound(t, in)
	return m, f.Write(ctx, tx)
}

// AddOutbound writes a message to the citizen on a ticket that this transaction holds locked. An operator's reply ends
// the citizen's wait as soon as it is written, and takes up a new ticket; automatic mail changes neither.
func (s *Store) AddOutbound(ctx context.Context, tx pgx.Tx, t *Ticket, by account.Actor, out Outbound) (id.Message, error) {
	if out.Status == "" {
		out.Status = StatusWaitingCitizen
	}
	if !out.Status.Valid() || out.Status == StatusNew {
		return id.Message{}, fault.Invalid("status", "not_allowed", "a reply cannot leave a ticket %q", out.Status)
	}
	f := s.NewFiling()
	var err error
	if out.Standing, err = out.Standing.For(out.Status, by, f.w.now); err != nil {
		return id.Message{}, err
	}
	m := f.Outbound(t, by, out)
	return m, f.Write(ctx, tx)
}

// AddNote writes an internal remark on a ticket that this transaction holds locked.
func (s *Store) AddNote(ctx context.Context, tx pgx.Tx, t *Ticket, by account.Actor, n Note) (id.Message, error) {
	w := s.writer(t, s.clock())
	m := w.remark(by, n)
	return m, w.send(ctx, tx)
}

func (w *writer) remark(by account.Actor, n Note) id.Message {
	m := messageRow{
		id: n.ID, ticket: w.ticket.ID, direction: DirectionNote, origin: OriginOperator, author: by.Operator,
		text: n.Text, html: n.HTML, reason: n.reason, createdAt: w.now,
	}
	w.message(&m, nil, n.Attachments)
	w.ticket.MessageCount++
	return m.id
}
