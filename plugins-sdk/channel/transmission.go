package channel

import "time"

// Transmission is one provider call: one message to one or more recipients.
type Transmission struct {
	// ID names the provider call; the idempotency key where the provider honours one.
	ID string
	// Attempt counts from 1.
	Attempt    uint32
	Recipients []Recipient
	Content    Content
	Thread     Thread
	Origin     Origin
	// SenderName is the display name of the sender: the office.
	SenderName string
	// Language tag of the text.
	Language string
}

// Recipient is one delivery of a transmission.
type Recipient struct {
	DeliveryID string
	Address    Address
	// Role is RoleTo or RoleCC.
	Role Role
}

// Content is what is sent.
type Content struct {
	Subject     string
	Text        string
	HTML        string
	Attachments []Attachment
}

// Thread ties a message to the conversation.
type Thread struct {
	// MessageID that the hub chose; for e-mail the Message-ID with its brackets.
	MessageID string
	// InReplyTo is the identifier answered.
	InReplyTo string
	// References are earlier identifiers, oldest first.
	References []string
	// ReplyToken brings an answer back to the ticket.
	ReplyToken   string
	TicketNumber string
	// Headers are protocol fields of the message answered, copied back.
	Headers map[string]string
}

// Origin says why a message is sent.
type Origin int32

// The origins.
const (
	// OriginOperator: written by an operator.
	OriginOperator Origin = 1
	// OriginAutomatic: acknowledgements and the like.
	OriginAutomatic Origin = 2
	// OriginCampaign: proactive messages.
	OriginCampaign Origin = 3
)

// Results of a transmission by delivery id.
type Results map[string]Result

// Result of one delivery: exactly one of the two is set.
type Result struct {
	Accepted *Accepted
	Failure  *Failure
}

// Accepted is a positive answer of the provider.
type Accepted struct {
	// State is DeliveryAccepted, DeliverySent or DeliveryDelivered.
	State        DeliveryState
	ExternalIDs  []ExternalID
	Evidence     *Raw
	EvidenceKind string
}

// AcceptAll gives every recipient the same positive answer.
func AcceptAll(transmission Transmission, accepted Accepted) Results {
	results := make(Results, len(transmission.Recipients))
	for _, recipient := range transmission.Recipients {
		results[recipient.DeliveryID] = Result{Accepted: &accepted}
	}
	return results
}

// Query asks what became of an attempt.
type Query struct {
	TransmissionID string
	Attempt        uint32
	Thread         Thread
	Recipients     []Recipient
	// AttemptedAt is when the attempt began.
	AttemptedAt time.Time
}

// Finding is the answer to a Query.
type Finding struct {
	Verdict Verdict
	// Results say how it went, when it was found.
	Results Results
}

// Verdict of a look-up.
type Verdict int32

// The verdicts.
const (
	// VerdictFound: it went.
	VerdictFound Verdict = 1
	// VerdictAbsent: it certainly did not go.
	VerdictAbsent Verdict = 2
	// VerdictUnknown: no proof either way.
	VerdictUnknown Verdict = 3
)
