package delivery

import (
	"context"
	"time"

	"sportello.dev/hub/internal/id"
)

// Transmitter makes one attempt at a transmission, or asks what became of one; the plugin host implements it.
type Transmitter interface {
	// Transmit makes exactly one attempt and answers for each delivery in it. An error, and a delivery without an
	// answer, mean that the outcome is unknown, unless the error is ErrNotAttempted.
	Transmit(ctx context.Context, t Transmission) ([]Result, error)
	// Lookup asks the provider what became of an attempt.
	Lookup(ctx context.Context, t Transmission, attemptedAt time.Time) (Finding, []Result, error)
}

// Transmission is what leaves in one call to a provider.
type Transmission struct {
	ID         id.Transmission
	Channel    id.Channel
	Attempt    int
	Recipients []Recipient
	Content    Content
	Thread     Thread
	// Origin is operator, automatic or campaign.
	Origin     string
	SenderName string
	Language   string
}

// Recipient is one delivery of a transmission; Role is to or cc.
type Recipient struct {
	Delivery id.Delivery
	Kind     string
	Value    string
	Name     string
	Role     string
}

// Content is the message as it leaves, with secrets filled in.
type Content struct {
	Subject     string
	Text        string
	HTML        string
	Attachments []Attachment
}

// Attachment refers to bytes in the blob store.
type Attachment struct {
	SHA256    []byte
	Size      int64
	Name      string
	MediaType string
	ContentID string
	Inline    bool
}

// Thread carries the identifiers that tie a message to its ticket.
type Thread struct {
	MessageID    string
	InReplyTo    string
	References   []string
	ReplyToken   string
	TicketNumber string
	Headers      map[string]string
}

// Result is what the provider answered for one delivery: Failure is nil when it accepted.
type Result struct {
	Delivery     id.Delivery
	State        State
	ExternalIDs  []ExternalID
	Evidence     []byte
	EvidenceKind string
	Failure      *Failure
}

// ExternalID is an identifier given outside; Issuer is hub, provider or sender.
type ExternalID struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Issuer string `json:"issuer"`
}

// Class says what a failure means for the next attempt.
type Class string

// The classes of failure, as adapters report them.
const (
	Transient      Class = "transient"
	RateLimited    Class = "rate_limited"
	RecipientFault Class = "recipient"
	ContentFault   Class = "content"
	ConfigFault    Class = "config"
	OptedOut       Class = "opted_out"
	UnknownOutcome Class = "unknown_outcome"
)

// Failure is why a delivery did not go.
type Failure struct {
	Class        Class         `json:"class"`
	Code         string        `json:"code,omitempty"`
	ProviderCode string        `json:"provider_code,omitempty"`
	Detail       string        `json:"detail,omitempty"`
	RetryAfter   time.Duration `json:"retry_after,omitempty"`
}

// Finding is the answer of a look-up.
type Finding string

// The findings of a look-up: it went, it certainly did not, or nobody knows.
const (
	Found   Finding = "found"
	Absent  Finding = "absent"
	Unknown Finding = "unknown"
)

// Report is what a provider says, later, of a delivery. It matches by Delivery, then by ExternalIDs, then Recipient.
type Report struct {
	Delivery       string       `json:"delivery,omitempty"`
	ExternalIDs    []ExternalID `json:"external_ids,omitempty"`
	RecipientKind  string       `json:"recipient_kind,omitempty"`
	RecipientValue string       `json:"recipient_value,omitempty"`
	// State is accepted, sent, delivered, read, failed, expired or delayed.
	State        string    `json:"state"`
	Failure      *Failure  `json:"failure,omitempty"`
	EvidenceKind string    `json:"evidence_kind,omitempty"`
	Evidence     []byte    `json:"evidence,omitempty"`
	EvidenceSHA  []byte    `json:"evidence_sha,omitempty"`
	Verified     bool      `json:"verified,omitempty"`
	At           time.Time `json:"at"`
	// RetryUntil is, of a delay, until when the other system goes on trying; zero when it does not say.
	RetryUntil time.Time `json:"retry_until,omitzero"`
}
