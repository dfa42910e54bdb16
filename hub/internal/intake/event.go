package intake

import (
	"time"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
)

// Kind tells what an event is.
type Kind string

// The kinds of event that a channel delivers.
const (
	KindMessage  Kind = "message"
	KindReport   Kind = "report"
	KindSignal   Kind = "signal"
	KindCall     Kind = "call"
	KindUnparsed Kind = "unparsed"
)

// Event is what a channel delivered, in the hub's own words. Exactly one of the pointers is set. It is kept as JSON in
// the journal: fields are only added, and their zero value keeps the old meaning. Text carries no NUL and is valid UTF-8.
type Event struct {
	// ID is stable across redelivery and unique in the channel, 1 to 500 bytes.
	ID         string           `json:"-"`
	OccurredAt time.Time        `json:"-"`
	Raw        Raw              `json:"-"`
	Message    *Inbound         `json:"message,omitempty"`
	Report     *delivery.Report `json:"report,omitempty"`
	Signal     *Signal          `json:"signal,omitempty"`
	Call       *Call            `json:"call,omitempty"`
	Unparsed   *Unparsed        `json:"unparsed,omitempty"`
}

// Raw is the original: Inline up to 64 KiB, else the blob named by SHA256.
type Raw struct {
	Inline    []byte
	SHA256    []byte
	Size      int64
	MediaType string
}

// Address is a reachable address as it came.
type Address struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Name  string `json:"name,omitempty"`
}

// Party is somebody named on a message: role to, cc, reply_to, sender or envelope.
type Party struct {
	Role    string  `json:"role"`
	Address Address `json:"address"`
}

// ExternalID is an identifier given outside; Issuer is hub, provider or sender.
type ExternalID struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Issuer string `json:"issuer"`
}

// Attachment refers to bytes in the blob store.
type Attachment struct {
	SHA256       []byte `json:"sha256"`
	Size         int64  `json:"size"`
	Name         string `json:"name"`
	MediaType    string `json:"media_type"`
	DeclaredType string `json:"declared_type,omitempty"`
	ContentID    string `json:"content_id,omitempty"`
	Inline       bool   `json:"inline,omitempty"`
}

// Authentication says whether the sender's address is proved, by whom, and each method's result.
type Authentication struct {
	Authenticated bool              `json:"authenticated"`
	Authority     string            `json:"authority,omitempty"`
	Results       map[string]string `json:"results,omitempty"`
	// Signatures are kept beside: they too say who wrote.
	Signatures []Signature `json:"signatures,omitempty"`
}

// Signature of a message's content: valid, untrusted, broken or unverified, with the reason why it is not valid.
type Signature struct {
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"`
	Signer   string    `json:"signer,omitempty"`
	Email    string    `json:"email,omitempty"`
	Issuer   string    `json:"issuer,omitempty"`
	SignedAt time.Time `json:"signed_at,omitzero"`
	Whole    bool      `json:"whole,omitempty"`
}

// Inbound is a message from outside.
type Inbound struct {
	From           Address           `json:"from"`
	Parties        []Party           `json:"parties,omitempty"`
	Subject        string            `json:"subject,omitempty"`
	Text           string            `json:"text,omitempty"`
	HTML           string            `json:"html,omitempty"`
	Attachments    []Attachment      `json:"attachments,omitempty"`
	ExternalIDs    []ExternalID      `json:"external_ids,omitempty"`
	AnswersTo      []string          `json:"answers_to,omitempty"`
	Tokens         []string          `json:"tokens,omitempty"`
	Numbers        []string          `json:"numbers,omitempty"`
	Class          string            `json:"class,omitempty"`
	Authentication Authentication    `json:"authentication"`
	Fingerprint    []byte            `json:"fingerprint,omitempty"`
	Language       string            `json:"language,omitempty"`
	Headers        map[string]string `json:"headers,omitempty"`
	FormID         string            `json:"form_id,omitempty"`
	FormVersion    string            `json:"form_version,omitempty"`
	FormFields     []byte            `json:"form_fields,omitempty"`
	SentAt         time.Time         `json:"sent_at"`
	Reports        []delivery.Report `json:"reports,omitempty"`
	Units          int               `json:"units,omitempty"`
	// Forwarded is who wrote the one message that this one encloses.
	Forwarded Address `json:"forwarded,omitzero"`
	// Trial names the trial of a channel whose test message this is.
	Trial string `json:"trial,omitempty"`
	// Opened says that the writer gave number and secret of a ticket. No adapter can say so: whoever submits the event has
	// verified them.
	Opened *Opened `json:"opened,omitempty"`
}

// Opened is a ticket that was opened with its secret, and its citizen, who counts as the writer.
type Opened struct {
	Ticket  id.Ticket  `json:"ticket"`
	Contact id.Contact `json:"contact,omitzero"`
}

// Signal says something lasting about an address: undeliverable, opted_out, opted_in, verified, complaint.
type Signal struct {
	Address Address `json:"address"`
	Kind    string  `json:"kind"`
	Detail  string  `json:"detail,omitempty"`
}

// Call is one step of a telephone call: ringing, answered, ended, missed, voicemail, recording.
type Call struct {
	CallID    string            `json:"call_id"`
	Step      string            `json:"step"`
	Caller    Address           `json:"caller"`
	Called    Address           `json:"called"`
	Operator  string            `json:"operator,omitempty"`
	At        time.Time         `json:"at"`
	Duration  time.Duration     `json:"duration,omitempty"`
	Recording *Attachment       `json:"recording,omitempty"`
	Choices   map[string]string `json:"choices,omitempty"`
}

// Unparsed is an item of which only the raw bytes came; it goes to quarantine.
type Unparsed struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Kind names what the event is; an event without content is unparsed.
func (e *Event) Kind() Kind {
	switch {
	case e.Message != nil:
		return KindMessage
	case e.Report != nil:
		return KindReport
	case e.Signal != nil:
		return KindSignal
	case e.Call != nil:
		return KindCall
	}
	return KindUnparsed
}
