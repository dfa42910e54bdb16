package ticket

import (
	"encoding/json"
	"time"

	"sportello.dev/hub/internal/id"
)

// Direction tells which way a message goes.
type Direction string

// The directions; a note stays inside.
const (
	DirectionInbound  Direction = "inbound"
	DirectionOutbound Direction = "outbound"
	DirectionNote     Direction = "note"
)

// Origin tells what made a message.
type Origin string

// The origins.
const (
	OriginCitizen   Origin = "citizen"
	OriginOperator  Origin = "operator"
	OriginAutomatic Origin = "automatic"
	OriginCampaign  Origin = "campaign"
	// OriginExpert: an outside expert's, who answers a question by e-mail. It is a note.
	OriginExpert Origin = "expert"
)

// Class tells a person's message from a machine's. Unknown words are carried and count as a machine's.
type Class string

// The classes. The empty class is a person's; The hub itself writes Acknowledgement, Verification and Question.
const (
	ClassHuman           Class = "human"
	ClassAutoReply       Class = "auto_reply"
	ClassOutOfOffice     Class = "out_of_office"
	ClassBounceHard      Class = "bounce_hard"
	ClassBounceSoft      Class = "bounce_soft"
	ClassDelayed         Class = "delayed"
	ClassReceipt         Class = "receipt"
	ClassList            Class = "list"
	ClassOwnLoop         Class = "own_loop"
	ClassFeedback        Class = "feedback"
	ClassSuspicious      Class = "suspicious"
	ClassAcknowledgement Class = "acknowledgement"
	// ClassCommand is a person's text that the hub itself has done what it asks for.
	ClassCommand Class = "command"
	// ClassVerification is the hub's message with a code, to an address that nobody has proved yet.
	ClassVerification Class = "verification"
	// ClassQuestion is a question to an outside expert: a note that also leaves by e-mail.
	ClassQuestion Class = "question"
)

// Human tells whether a person wrote it.
func (c Class) Human() bool { return c == ClassHuman || c == "" }

// Address is a reachable address: kind and normalised value, with the name it came with.
type Address struct {
	Kind  string `json:"kind" db:"kind"`
	Value string `json:"value" db:"value"`
	Name  string `json:"name,omitempty" db:"name"`
}

// IsZero tells whether there is no address.
func (a Address) IsZero() bool { return a.Value == "" }

// Same tells whether two addresses are the same one, whatever the names beside them. One mailbox may be written to as
// certified and as ordinary mail, and one telephone be called and texted.
func (a Address) Same(b Address) bool { return a.Value == b.Value && medium(a.Kind) == medium(b.Kind) }

func medium(kind string) string {
	switch kind {
	case "email", "pec":
		return "mail"
	case "mobile", "landline":
		return "telephone"
	}
	return kind
}

// PartyRole is how somebody is named on a message.
type PartyRole string

// The roles on a message.
const (
	RoleTo       PartyRole = "to"
	RoleCc       PartyRole = "cc"
	RoleReplyTo  PartyRole = "reply_to"
	RoleSender   PartyRole = "sender"
	RoleEnvelope PartyRole = "envelope"
)

// MessageParty is somebody named on a message.
type MessageParty struct {
	Role    PartyRole
	Address Address
}

// Issuer is who gave an identifier.
type Issuer string

// The issuers. What a sender chose is a hint, what the hub or a provider issued is unique on its channel.
const (
	IssuerHub      Issuer = "hub"
	IssuerProvider Issuer = "provider"
	IssuerSender   Issuer = "sender"
)

// ExternalID is an identifier by which a message is known outside.
type ExternalID struct {
	Kind   string
	Value  string
	Issuer Issuer
}

// NewAttachment is a file of a message that is being written; its bytes are in the blob store.
type NewAttachment struct {
	SHA256       []byte
	Size         int64
	Name         string
	MediaType    string
	DeclaredType string
	ContentID    string
	Inline       bool
}

// Attachment is a file of a message.
type Attachment struct {
	ID           id.Attachment `db:"id"`
	Message      id.Message    `db:"message_id"`
	SHA256       []byte        `db:"sha256"`
	Size         int64         `db:"size"`
	Name         string        `db:"name"`
	MediaType    string        `db:"media_type"`
	DeclaredType string        `db:"declared_type"`
	ContentID    string        `db:"content_id"`
	Inline       bool          `db:"inline"`
	// ScanState is unscanned, clean, infected or failed.
	ScanState string `db:"scan_state"`
}

// Reason is why: a code that the client words, with what it needs for that.
type Reason struct {
	Code   string
	Params map[string]string
}

// Message is one piece of a conversation. It never changes once written, except that a reply can be called back.
type Message struct {
	ID           id.Message  `db:"id"`
	Ticket       id.Ticket   `db:"ticket_id"`
	TicketNumber Number      `db:"ticket_number"`
	Direction    Direction   `db:"direction"`
	Origin       Origin      `db:"origin"`
	Channel      id.Channel  `db:"channel_id"`
	ChannelKind  string      `db:"channel_kind"`
	ChannelName  string      `db:"channel_name"`
	Class        Class       `db:"class"`
	Author       id.Operator `db:"author_id"`
	AuthorName   string      `db:"author_name"`
	Contact      id.Contact  `db:"contact_id"`
	From         Address     `db:"-"`
	Subject      string      `db:"subject"`
	Text         string      `db:"text"`
	HTML         string      `db:"html"`
	Language     string      `db:"language"`
	// Reason is why an inbound message stands on this ticket.
	Reason Reason `db:"-"`
	// ThirdPerson says that the sender is on the ticket as somebody else than the requester.
	ThirdPerson    bool              `db:"third_person"`
	Authenticated  bool              `db:"authenticated"`
	Authentication json.RawMessage   `db:"authentication"`
	Headers        map[string]string `db:"headers"`
	// Answers is the message that this one answers.
	Answers     id.Message `db:"answers_id"`
	Journal     id.Entry   `db:"journal_id"`
	RawSHA256   []byte     `db:"raw_sha256"`
	SentAt      *time.Time `db:"sent_at"`
	SendAfter   *time.Time `db:"send_after"`
	CancelledAt *time.Time `db:"cancelled_at"`
	CreatedAt   time.Time  `db:"created_at"`
	// Copies counts further arrivals of the same message.
	Copies      int            `db:"copies"`
	Parties     []MessageParty `db:"-"`
	Attachments []Attachment   `db:"-"`
}

// Addressed lists those in one role on the message.
func (m *Message) Addressed(role PartyRole) []Address {
	var list []Address
	for _, p := range m.Parties {
		if p.Role == role {
			list = append(list, p.Address)
		}
	}
	return list
}

// TicketRole is what somebody is on a ticket.
type TicketRole string

// The roles on a ticket. A third person is never written to unless an operator says so.
const (
	RoleRequester TicketRole = "requester"
	RoleThird     TicketRole = "third"
)

// Party is somebody who wrote or was written to on a ticket.
type Party struct {
	Ticket      id.Ticket  `db:"ticket_id"`
	Kind        string     `db:"kind"`
	Value       string     `db:"value"`
	Name        string     `db:"name"`
	Contact     id.Contact `db:"contact_id"`
	Role        TicketRole `db:"role"`
	WroteAt     *time.Time `db:"wrote_at"`
	AddressedAt *time.Time `db:"addressed_at"`
	// Channel is the one by which the address was last used on this ticket.
	Channel id.Channel `db:"channel_id"`
	// Chosen: on the ticket only because whoever holds its secret wants the answers there.
	Chosen bool `db:"chosen"`
}

// Address is where the party is reached.
func (p Party) Address() Address { return Address{Kind: p.Kind, Value: p.Value, Name: p.Name} }
